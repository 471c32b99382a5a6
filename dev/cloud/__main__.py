"""`python -m dev.cloud`: serves until told to stop; says in one line of JSON where and with which secrets."""

import asyncio
import contextlib
import json
import signal
import ssl
import sys

import trustme
import uvicorn

from dev.cloud.app import Cloud
from dev.cloud.mail_modes import SENDER
from dev.cloud.options import Options, parse
from dev.cloud.receipts import report_deliveries
from dev.listening import listener
from dev.processes import exit_with_parent
from dev.surroundings import reach_this_machine


def describe(cloud: Cloud, ca_file: str) -> dict[str, object]:
    """Everything that a client needs to connect."""
    return {
        "url": cloud.base_url,
        "ca_file": ca_file,
        "authority": cloud.base_url,
        "graph_url": f"{cloud.base_url}/graph/v1.0",
        "partner_tenant_id": cloud.partner_tenant_id,
        "client_id": cloud.client_id,
        "client_secret": cloud.client_secret,
        "mail_connection_string": f"endpoint={cloud.base_url}/;accesskey={cloud.access_key}",
        "mail_sender": SENDER,
        "tenants": [
            {"tenant_id": one.tenant_id, "display_name": one.display_name, "special": one.special}
            for one in cloud.tenants.values()
        ],
    }


async def serve(options: Options) -> None:
    options.state_dir.mkdir(parents=True, exist_ok=True)
    ca = trustme.CA()
    certificate = ca.issue_cert("localhost", "127.0.0.1")
    listening = listener(options.port)
    port = listening.getsockname()[1]
    ca_file = options.state_dir / f"ca-{port}.pem"  # two clouds may share the folder, but not the port
    ca.cert_pem.write_to_path(ca_file)
    cloud = Cloud(options, f"https://localhost:{port}")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(tls)
    config = uvicorn.Config(
        cloud,
        log_level="critical",
        access_log=False,
        lifespan="off",
        http="httptools",
        ssl_context_factory=lambda _config, _default: tls,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=120,  # as the services do; a client that decodes for seconds reuses its connection
    )
    server = uvicorn.Server(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(number, setattr, server, "should_exit", True)
    server.capture_signals = contextlib.suppress  # type: ignore[method-assign,assignment]  # it would raise them again
    reports = None
    if options.receipts:
        reports = asyncio.create_task(report_deliveries(cloud.mail, options.receipts, options.receipts_queue))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn sets a flag, no event
        await asyncio.sleep(0.01)
    print(json.dumps(describe(cloud, str(ca_file))), flush=True)
    await running
    ca_file.unlink(missing_ok=True)
    if reports:
        reports.cancel()


def main(arguments: list[str]) -> None:
    exit_with_parent()
    reach_this_machine()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parse(arguments)))


if __name__ == "__main__":
    main(sys.argv[1:])
