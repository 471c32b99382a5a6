"""Every door of the app: timers, queues, HTTP. Parse, call one thing, answer."""

import asyncio
import json
import logging
import os
from datetime import UTC, datetime
from functools import cache, partial

import azure.functions as func

from sspr_core.model.job import SnapshotJob
from sspr_core.model.report_job import ReportJob
from sspr_core.settings import SettingsError, schedule, settings
from sspr_core.tracing import invoked, traced
from sspr_core.web.headers import PROTECTING

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

log = logging.getLogger(__name__)
logging.getLogger("azure.identity").setLevel(logging.ERROR)  # it warns of every refused token, with the answer
for name in ("azure.core", "httpx", "httpcore"):  # at INFO they log whole addresses: users' rows, and pages of Graph
    logging.getLogger(name).setLevel(logging.WARNING)
now = partial(datetime.now, UTC)
one_large_tenant = asyncio.Semaphore(1)  # at a time per process, for memory


@app.timer_trigger(arg_name="timer", schedule=schedule(os.environ, "SSPR_DISCOVERY_SCHEDULE"))
@traced()
async def discover_tenants(timer: func.TimerRequest, context: func.Context) -> None:
    """Find the customers' tenants, through GDAP and in the settings."""
    from sspr_core.health.recorded import recorded
    from sspr_core.tenants.discover import discover
    from sspr_core.wiring import world

    s, w = settings(), world()
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
    from sspr_core.health.recorded import recorded
    from sspr_core.snapshot.sweep import queue_due
    from sspr_core.tenants.discover import discover_again
    from sspr_core.wiring import world

    s, w = settings(), world()
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


@app.queue_trigger(arg_name="message", queue_name="snapshots", connection="SSPR_STORAGE")
@traced()
async def take_snapshot(message: func.QueueMessage, context: func.Context) -> None:
    """Read one tenant and store what changed."""
    from sspr_core.snapshot.again import take_or_again
    from sspr_core.wiring import world

    job = SnapshotJob.from_json(message.get_body())  # unreadable: raises, and ends in the poison queue
    await take_or_again(job, world(), clock=now, large=one_large_tenant)


@app.queue_trigger(arg_name="message", queue_name="snapshots-poison", connection="SSPR_STORAGE")
@traced(poison_of="snapshots")
async def record_poison_snapshot(message: func.QueueMessage, context: func.Context) -> None:
    """Show on its tenant that a snapshot failed ten times."""
    from sspr_core.snapshot.again import record_poison
    from sspr_core.wiring import world

    await record_poison(message.get_body(), world(), clock=now)


@app.queue_trigger(arg_name="message", queue_name="expand-runs", connection="SSPR_STORAGE")
@traced()
async def expand_run(message: func.QueueMessage, context: func.Context) -> None:
    """Write a run's deliveries, and give slots to those that wait for one."""
    from sspr_core.notify.runs.nudged import expand_nudged
    from sspr_core.notify.runs.numbers import numbers_of
    from sspr_core.wiring import world

    w = world()
    await expand_nudged(message.get_body(), w.post, clock=now, numbers=numbers_of(w.terms))


@app.queue_trigger(arg_name="message", queue_name="send-emails", connection="SSPR_STORAGE")
@traced()
async def send_email(message: func.QueueMessage, context: func.Context) -> None:
    """Look at one delivery: send it at its slot, or ask what became of it."""
    from sspr_core.notify.runs.nudged import deliver_nudged, sender
    from sspr_core.wiring import world

    await deliver_nudged(message.get_body(), sender(world(), clock=now))


@app.queue_trigger(arg_name="message", queue_name="delivery-reports", connection="SSPR_STORAGE")
@traced()
async def record_delivery_report(message: func.QueueMessage, context: func.Context) -> None:
    """Write down what the mail service says of an email later."""
    from sspr_core.notify.runs.nudged import reported
    from sspr_core.notify.runs.numbers import numbers_of
    from sspr_core.wiring import world

    w = world()
    await reported(message.get_body(), w.post, clock=now, numbers=numbers_of(w.terms))


@app.queue_trigger(arg_name="message", queue_name="expand-runs-poison", connection="SSPR_STORAGE")
@traced(poison_of="expand-runs")
async def record_poison_run(message: func.QueueMessage, context: func.Context) -> None:
    """Show on its run that expanding it failed ten times."""
    from sspr_core.notify.runs.poison import poisoned_expand
    from sspr_core.wiring import world

    await poisoned_expand(message.get_body(), world().post, clock=now)


@app.queue_trigger(arg_name="message", queue_name="send-emails-poison", connection="SSPR_STORAGE")
@traced(poison_of="send-emails")
async def record_poison_email(message: func.QueueMessage, context: func.Context) -> None:
    """Show on its delivery and run that a message failed ten times."""
    from sspr_core.notify.runs.numbers import numbers_of
    from sspr_core.notify.runs.poison import poisoned_email
    from sspr_core.wiring import world

    w = world()
    await poisoned_email(message.get_body(), w.post, clock=now, numbers=numbers_of(w.terms))


@app.queue_trigger(arg_name="message", queue_name="delivery-reports-poison", connection="SSPR_STORAGE")
@traced(poison_of="delivery-reports")
async def record_poison_report(message: func.QueueMessage, context: func.Context) -> None:
    """Try once more to write a delivery report down."""
    from sspr_core.notify.runs.numbers import numbers_of
    from sspr_core.notify.runs.poison import poisoned_report
    from sspr_core.wiring import world

    w = world()
    await poisoned_report(message.get_body(), w.post, clock=now, numbers=numbers_of(w.terms))


@app.timer_trigger(arg_name="timer", schedule=schedule(os.environ, "SSPR_REPORT_SCHEDULE"))
@traced()
async def schedule_reports(timer: func.TimerRequest, context: func.Context) -> None:
    """Queue every report that is due."""
    from sspr_core.health.recorded import recorded
    from sspr_core.report.sweep import queue_due, settle_accepted
    from sspr_core.wiring import world

    w = world()
    async with recorded("schedule_reports", w.job_runs, clock=now):
        log.info("reports: %d are due", await queue_due(w.own, w.reports, w.report_jobs, now=now()))
        await settle_accepted(w, now=now())


@app.queue_trigger(arg_name="message", queue_name="prepare-reports", connection="SSPR_STORAGE")
@traced()
async def prepare_report(message: func.QueueMessage, context: func.Context) -> None:
    """Work out one report, and accept the run that sends it."""
    from sspr_core.report.again import prepare_or_again
    from sspr_core.wiring import world

    job = ReportJob.from_json(message.get_body())  # unreadable: raises, and ends in the poison queue
    await prepare_or_again(job, world(), now=now())


@app.queue_trigger(arg_name="message", queue_name="prepare-reports-poison", connection="SSPR_STORAGE")
@traced(poison_of="prepare-reports")
async def record_poison_preparation(message: func.QueueMessage, context: func.Context) -> None:
    """Show on its plan that preparing a report failed ten times."""
    from sspr_core.report.again import record_poison
    from sspr_core.wiring import world

    await record_poison(message.get_body(), world(), now=now())


@app.timer_trigger(arg_name="timer", schedule="0 * * * * *")
@traced()
async def watch_runs(timer: func.TimerRequest, context: func.Context) -> None:
    """Bring back what got lost of each run, and see which are done."""
    from sspr_core.health.recorded import recorded
    from sspr_core.notify.runs.numbers import numbers_of
    from sspr_core.notify.runs.watch import watch
    from sspr_core.wiring import world

    w = world()
    async with recorded("watch_runs", w.job_runs, clock=now):
        await watch(w.post, clock=now, numbers=numbers_of(w.terms))


@app.timer_trigger(arg_name="timer", schedule="0 20 * * * *")
@traced()
async def delete_expired(timer: func.TimerRequest, context: func.Context) -> None:
    """Once a night, delete what is older than it is to be kept; in any other hour, if the night's work is not done."""
    from sspr_core.health.recorded import recorded
    from sspr_core.retention.expire import expire
    from sspr_core.retention.schedule import due
    from sspr_core.wiring import world

    w = world()
    if not await due(w.job_runs, now=now()):
        return
    async with recorded("delete_expired", w.job_runs, clock=now):
        deleted = await expire(w, w.terms.keep, now=now())
    log.info("expired: %s", deleted)


@app.timer_trigger(arg_name="timer", schedule="30 */5 * * * *")
@traced()
async def tell_metrics(timer: func.TimerRequest, context: func.Context) -> None:
    """Measure how fresh the tenants are and how old the queues, if anybody listens."""
    from sspr_core.health.measure import measure
    from sspr_core.health.recorded import recorded
    from sspr_core.wiring import world

    w = world()
    async with recorded("tell_metrics", w.job_runs, clock=now):
        await measure(w, now=now())


@app.route(route="healthz", methods=["GET", "HEAD"])  # monitors ask HEAD, which is 404 unless it is named
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


@app.route(route="api/v1/overview", methods=["GET"])
async def overview(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Status of all tenants at once."""
    return await _web(req, context)


@app.route(route="api/v1/tenants/{*rest}", methods=["GET", "POST", "PATCH", "PUT"])
async def tenants(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Status of each tenant and its users; adding, refreshing, switching off."""
    return await _web(req, context)


@app.route(route="api/v1/registrations", methods=["GET"])
async def registrations(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """The users of all tenants, for programs that keep a copy."""
    return await _web(req, context)


@app.route(route="api/v1/drafts", methods=["POST"])
async def compose_draft(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Prepare messages for a person to send."""
    return await _web(req, context)


@app.route(route="api/v1/runs/{*rest}", methods=["GET", "POST"])
async def runs(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Emails that the app sends itself: asking for them, watching them, stopping them."""
    return await _web(req, context)


@app.route(route="api/v1/reports/{*rest}", methods=["GET", "POST", "PUT"])
async def reports_api(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """The report over all tenants, and every report that is set; each tenant's is among the tenants."""
    return await _web(req, context)


@app.route(route="api/v1/templates/{*rest}", methods=["GET", "POST", "PUT"])
async def templates(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Templates of mails: to look at, to download, own words."""
    return await _web(req, context)


@app.route(route="api/v1/settings/{*rest}", methods=["GET", "PUT"])
async def settings_api(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """What operators set: branding, terms of mails."""
    return await _web(req, context)


@app.route(route="api/v1/openapi.json", methods=["GET"])
async def openapi(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """The description of the API."""
    return await _web(req, context)


@app.route(route="api/v1/docs", methods=["GET"])
async def api_docs(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """The API's description, to read."""
    return await _web(req, context)


@app.route(route="static/{*rest}", methods=["GET"])
async def static_files(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Style sheets and pictures, and the page after consent."""
    return await _web(req, context)


@app.route(route="p/{*rest}", methods=["GET", "POST"])
async def portal(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """The pages that people look at."""
    return await _web(req, context)


@app.route(route="/", methods=["GET"])
async def home(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """The way to the pages."""
    return await _web(req, context)


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


@cache
def _asgi() -> func.AsgiMiddleware:
    from sspr_core.web.app import create_app
    from sspr_core.wiring import world

    return func.AsgiMiddleware(create_app(world()))


def _json(content: dict[str, object], status: int = 200) -> func.HttpResponse:
    """What is answered without FastAPI, under the same headers."""
    kind = "application/json" if status == 200 else "application/problem+json"
    headers = PROTECTING if status == 200 else PROTECTING | {"retry-after": "60"}
    return func.HttpResponse(json.dumps(content), status_code=status, headers=headers, mimetype=kind)
