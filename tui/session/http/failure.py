"""Why a question over HTTP got no answer at all, in the words of `refusal`. Slow to load (aiohttp).

Knows aiohttp's exceptions; what an answer says is its reader's.
"""

import aiohttp

from tui.errors import LinkError
from tui.session.failures import explain, refused_by_proxy
from tui.session.http.proxy import Proxy

HTTP_FAILURES = (TimeoutError, aiohttp.ClientConnectionError, aiohttp.ClientHttpProxyError)


def explain_http(error: Exception, host: str, proxy: Proxy | None) -> LinkError:
    """`error` is one of `HTTP_FAILURES`."""
    match error:
        case aiohttp.ClientHttpProxyError() if proxy:
            return refused_by_proxy(error.status, host, proxy)
        case aiohttp.ClientConnectorCertificateError():
            return explain(error.certificate_error, host, proxy)
        case aiohttp.ClientConnectorError():
            return explain(error.os_error, host, proxy)
        case TimeoutError():
            return explain(TimeoutError(), host, proxy)
        case _:
            return explain(OSError(str(error) or type(error).__name__), host, proxy)
