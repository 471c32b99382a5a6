"""Every trigger of the app: timers, queues, HTTP. Parse, call one thing, answer."""

import asyncio
import json
import logging
import os
from functools import cache

import azure.functions as func

from sspr_core.model.clock import utc_now as now
from sspr_core.model.queue_messages import (
    DELIVERY_REPORTS,
    EXPAND_RUNS,
    PREPARE_REPORTS,
    SEND_EMAILS,
    SNAPSHOTS,
    ReportJob,
    SnapshotJob,
    poison_queue,
)
from sspr_core.settings.environment import SettingsError, schedule, settings
from sspr_core.tracing import invoked, traced
from sspr_core.web.security_headers import PROTECTING

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

log = logging.getLogger(__name__)
logging.getLogger("azure.identity").setLevel(logging.ERROR)  # it warns of every refused token and logs the answer
for name in ("azure.core", "httpx", "httpcore"):  # at INFO they log full URLs: of users' rows and Graph pages
    logging.getLogger(name).setLevel(logging.WARNING)
one_large_tenant = asyncio.Semaphore(1)  # one at a time per process, to limit memory


@app.timer_trigger(arg_name="timer", schedule=schedule(os.environ, "SSPR_DISCOVERY_SCHEDULE"))
@traced()
async def discover_tenants(timer: func.TimerRequest, context: func.Context) -> None:
    """Find the customers' tenants, through GDAP and in the settings."""
    from sspr_core.health.job_runs import recorded
    from sspr_core.tenants.discovery import discover
    from sspr_core.wiring import services

    s, w = settings(), services()
    async with recorded("discover_tenants", w.job_runs, clock=now):
        found = await discover(
            w.directories,
            w.tenants,
            gdap=s.discover_gdap,
            by_settings=s.tenants,
            telemetry=w.telemetry,
            now=now(),
        )
    log.info("discovery: %d new tenants, %d removed", found.new_count, found.removed_count)


@app.timer_trigger(arg_name="timer", schedule=schedule(os.environ, "SSPR_SNAPSHOT_SCHEDULE"))
@traced()
async def schedule_snapshots(timer: func.TimerRequest, context: func.Context) -> None:
    """Queue a snapshot of every tenant that is due; first discover again, if that waits for a new credential."""
    from sspr_core.health.job_runs import recorded
    from sspr_core.snapshot.triggers import queue_due
    from sspr_core.tenants.discovery import discover_again
    from sspr_core.wiring import services

    s, w = settings(), services()
    async with recorded("schedule_snapshots", w.job_runs, clock=now):
        await discover_again(
            w.directories,
            w.tenants,
            gdap=s.discover_gdap,
            by_settings=s.tenants,
            telemetry=w.telemetry,
            now=now(),
        )
        log.info("sweep: %d tenants are due", await queue_due(w.tenants, w.jobs, now=now()))


@app.queue_trigger(arg_name="message", queue_name=SNAPSHOTS, connection="SSPR_STORAGE")
@traced()
async def take_snapshot(message: func.QueueMessage, context: func.Context) -> None:
    """Read one tenant and store what changed."""
    from sspr_core.snapshot.triggers import handle_snapshot_message
    from sspr_core.wiring import services

    job = SnapshotJob.from_json(message.get_body())  # unreadable: raises, and ends in the poison queue
    await handle_snapshot_message(job, services(), clock=now, large=one_large_tenant)


@app.queue_trigger(arg_name="message", queue_name=poison_queue(SNAPSHOTS), connection="SSPR_STORAGE")
@traced(poison_of=SNAPSHOTS)
async def record_poison_snapshot(message: func.QueueMessage, context: func.Context) -> None:
    """Show on its tenant that a snapshot failed ten times."""
    from sspr_core.snapshot.triggers import record_poison
    from sspr_core.wiring import services

    await record_poison(message.get_body(), services(), clock=now)


@app.queue_trigger(arg_name="message", queue_name=EXPAND_RUNS, connection="SSPR_STORAGE")
@traced()
async def expand_run(message: func.QueueMessage, context: func.Context) -> None:
    """Write a run's deliveries, and give slots to those that wait for one."""
    from sspr_core.runs.triggers import handle_expand_message
    from sspr_core.wiring import services

    await handle_expand_message(message.get_body(), services().post, clock=now)


@app.queue_trigger(arg_name="message", queue_name=SEND_EMAILS, connection="SSPR_STORAGE")
@traced()
async def send_email(message: func.QueueMessage, context: func.Context) -> None:
    """Look at one delivery: send it at its slot, or ask what became of it."""
    from sspr_core.runs.triggers import handle_send_message, sender
    from sspr_core.wiring import services

    await handle_send_message(message.get_body(), sender(services(), clock=now))


@app.queue_trigger(arg_name="message", queue_name=DELIVERY_REPORTS, connection="SSPR_STORAGE")
@traced()
async def record_delivery_report(message: func.QueueMessage, context: func.Context) -> None:
    """Write down what the mail service says of an email later."""
    from sspr_core.runs.triggers import handle_delivery_report
    from sspr_core.wiring import services

    await handle_delivery_report(message.get_body(), services().post, clock=now)


@app.queue_trigger(arg_name="message", queue_name=poison_queue(EXPAND_RUNS), connection="SSPR_STORAGE")
@traced(poison_of=EXPAND_RUNS)
async def record_poison_run(message: func.QueueMessage, context: func.Context) -> None:
    """Show on its run that expanding it failed ten times."""
    from sspr_core.runs.triggers import poisoned_expand
    from sspr_core.wiring import services

    await poisoned_expand(message.get_body(), services().post, clock=now)


@app.queue_trigger(arg_name="message", queue_name=poison_queue(SEND_EMAILS), connection="SSPR_STORAGE")
@traced(poison_of=SEND_EMAILS)
async def record_poison_email(message: func.QueueMessage, context: func.Context) -> None:
    """Show on its delivery and run that a message failed ten times."""
    from sspr_core.runs.triggers import poisoned_email
    from sspr_core.wiring import services

    await poisoned_email(message.get_body(), services().post, clock=now)


@app.queue_trigger(arg_name="message", queue_name=poison_queue(DELIVERY_REPORTS), connection="SSPR_STORAGE")
@traced(poison_of=DELIVERY_REPORTS)
async def record_poison_report(message: func.QueueMessage, context: func.Context) -> None:
    """Try once more to write a delivery report down."""
    from sspr_core.runs.triggers import poisoned_report
    from sspr_core.wiring import services

    await poisoned_report(message.get_body(), services().post, clock=now)


@app.timer_trigger(arg_name="timer", schedule=schedule(os.environ, "SSPR_REPORT_SCHEDULE"))
@traced()
async def schedule_reports(timer: func.TimerRequest, context: func.Context) -> None:
    """Queue every report that is due."""
    from sspr_core.health.job_runs import recorded
    from sspr_core.report.triggers import queue_due, settle_accepted
    from sspr_core.wiring import services

    w = services()
    async with recorded("schedule_reports", w.job_runs, clock=now):
        log.info("reports: %d are due", await queue_due(w.own, w.reports, w.report_jobs, now=now()))
        await settle_accepted(w, now=now())


@app.queue_trigger(arg_name="message", queue_name=PREPARE_REPORTS, connection="SSPR_STORAGE")
@traced()
async def prepare_report(message: func.QueueMessage, context: func.Context) -> None:
    """Work out one report, and accept the run that sends it."""
    from sspr_core.report.triggers import handle_report_message
    from sspr_core.wiring import services

    job = ReportJob.from_json(message.get_body())  # unreadable: raises, and ends in the poison queue
    await handle_report_message(job, services(), now=now())


@app.queue_trigger(arg_name="message", queue_name=poison_queue(PREPARE_REPORTS), connection="SSPR_STORAGE")
@traced(poison_of=PREPARE_REPORTS)
async def record_poison_preparation(message: func.QueueMessage, context: func.Context) -> None:
    """Show on its plan that preparing a report failed ten times."""
    from sspr_core.report.triggers import record_poison
    from sspr_core.wiring import services

    await record_poison(message.get_body(), services(), now=now())


@app.timer_trigger(arg_name="timer", schedule="0 * * * * *")
@traced()
async def watch_runs(timer: func.TimerRequest, context: func.Context) -> None:
    """Bring back what got lost of each run, and see which are done."""
    from sspr_core.health.job_runs import recorded
    from sspr_core.runs.triggers import watch
    from sspr_core.wiring import services

    w = services()
    async with recorded("watch_runs", w.job_runs, clock=now):
        await watch(w.post, clock=now)


@app.timer_trigger(arg_name="timer", schedule="0 20 * * * *")
@traced()
async def delete_expired(timer: func.TimerRequest, context: func.Context) -> None:
    """Once a night, delete what is older than it is to be kept; in any other hour, if the night's work is not done."""
    from sspr_core.health.job_runs import recorded
    from sspr_core.retention.expire import expire
    from sspr_core.retention.schedule import due
    from sspr_core.wiring import services

    w = services()
    if not await due(w.job_runs, now=now()):
        return
    async with recorded("delete_expired", w.job_runs, clock=now):
        deleted = await expire(w, w.terms.keep, now=now())
    log.info("expired: %s", deleted)


@app.timer_trigger(arg_name="timer", schedule="30 */5 * * * *")
@traced()
async def tell_metrics(timer: func.TimerRequest, context: func.Context) -> None:
    """Measure how fresh the tenants are and how old the queues, if anybody listens."""
    from sspr_core.health.job_runs import recorded
    from sspr_core.health.triggers import measure
    from sspr_core.wiring import services

    w = services()
    async with recorded("tell_metrics", w.job_runs, clock=now):
        await measure(w, now=now())


@app.route(route="healthz", methods=["GET", "HEAD"])  # monitors use HEAD, which is 404 unless it is listed
async def healthz(req: func.HttpRequest) -> func.HttpResponse:
    """Whether the app runs, and whether its settings can be read; says nothing else to nobody."""
    try:
        settings()
    except SettingsError as error:
        log.error("settings: %s", error)
        return _json({"status": "misconfigured"})
    return _json({"status": "ok"})


@app.route(route="api/v1/health", methods=["GET"])
async def health(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Whether everything works that the app needs, told to Admins; wrong settings too."""
    try:
        settings()
    except SettingsError as error:
        from sspr_core.web.misconfigured import told_to_admins

        if told := told_to_admins(error, req.headers, now=now()):
            return _json(told)
    return await _web(req, context)


# Name, methods, route. Azure lists, measures and disables each function separately; one application serves them all.
# Only literals: infra/scripts/doors.py reads them without importing this file.
WEB_FUNCTIONS = (
    ("overview", "GET", "api/v1/overview"),  # status of all tenants at once
    ("tenants", "GET POST PATCH PUT", "api/v1/tenants/{*rest}"),  # each tenant and its users; add, switch off
    ("registrations", "GET", "api/v1/registrations"),  # users of all tenants, for programs that keep a copy
    ("compose_draft", "POST", "api/v1/drafts"),  # messages for a person to send
    ("runs", "GET POST", "api/v1/runs/{*rest}"),  # emails that the app sends: start, watch, stop
    ("reports_api", "GET POST PUT", "api/v1/reports/{*rest}"),  # over all tenants; a tenant's own is under tenants
    ("templates", "GET POST PUT", "api/v1/templates/{*rest}"),  # of emails: preview, download, own words
    ("settings_api", "GET PUT", "api/v1/settings/{*rest}"),  # what operators set: branding, language, address
    ("openapi", "GET", "api/v1/openapi.json"),  # the description of the API
    ("api_docs", "GET", "api/v1/docs"),  # the same, for people
    ("static_files", "GET", "static/{*rest}"),  # style sheets, scripts, pictures; the page after consent
    ("portal", "GET POST", "p/{*rest}"),  # the pages
    ("home", "GET", "/"),  # redirects to the first page
)


async def _web(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Through FastAPI, which comes in with the first HTTP call: timers and queues start without it."""
    try:
        async with invoked(context, {"http.request.method": req.method}) as span:
            answer = await _asgi().handle_async(req, context)
            span.note({"http.response.status_code": answer.status_code})
            return answer
    except SettingsError as error:
        log.error("settings: %s", error)
        problem = {"type": "about:blank", "title": "Service Unavailable", "status": 503, "code": "misconfigured"}
        return _json({**problem, "detail": "The app's settings are wrong; its log names each."}, 503)


for name, methods, route in WEB_FUNCTIONS:
    app.function_name(name)(app.route(route=route, methods=methods.split())(_web))


@cache
def _asgi() -> func.AsgiMiddleware:
    from sspr_core.web.app import create_app
    from sspr_core.wiring import services

    return func.AsgiMiddleware(create_app(services()))


def _json(content: dict[str, object], status: int = 200) -> func.HttpResponse:
    """What is answered without FastAPI, under the same headers."""
    kind = "application/json" if status == 200 else "application/problem+json"
    headers = PROTECTING if status == 200 else PROTECTING | {"retry-after": "60"}
    return func.HttpResponse(json.dumps(content), status_code=status, headers=headers, mimetype=kind)
