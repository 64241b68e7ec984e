"""The options of curl 7.88, from ``curl --help all``, and what those that ask for nothing mean."""

from __future__ import annotations

from typing import Final

# fmt: off
WITH_VALUE: Final = frozenset({
    "abstract-unix-socket", "alt-svc", "aws-sigv4", "cacert", "capath", "cert", "cert-type",
    "ciphers", "config", "connect-timeout", "connect-to", "continue-at", "cookie", "cookie-jar",
    "create-file-mode", "crlfile", "curves", "data", "data-ascii", "data-binary", "data-raw",
    "data-urlencode", "delegation", "dns-interface", "dns-ipv4-addr", "dns-ipv6-addr",
    "dns-servers", "doh-url", "dump-header", "egd-file", "engine", "etag-compare", "etag-save",
    "expect100-timeout", "form", "form-string", "ftp-account", "ftp-alternative-to-user",
    "ftp-method", "ftp-port", "ftp-ssl-ccc-mode", "happy-eyeballs-timeout-ms", "header", "help",
    "hostpubmd5", "hostpubsha256", "hsts", "interface", "json", "keepalive-time", "key",
    "key-type", "krb", "libcurl", "limit-rate", "local-port", "login-options", "mail-auth",
    "mail-from", "mail-rcpt", "max-filesize", "max-redirs", "max-time", "netrc-file", "noproxy",
    "oauth2-bearer", "output", "output-dir", "parallel-max", "pass", "pinnedpubkey", "preproxy",
    "proto", "proto-default", "proto-redir", "proxy", "proxy-cacert", "proxy-capath",
    "proxy-cert", "proxy-cert-type", "proxy-ciphers", "proxy-crlfile", "proxy-header",
    "proxy-key", "proxy-key-type", "proxy-pass", "proxy-pinnedpubkey", "proxy-service-name",
    "proxy-tls13-ciphers", "proxy-tlsauthtype", "proxy-tlspassword", "proxy-tlsuser",
    "proxy-user", "proxy1.0", "pubkey", "quote", "random-file", "range", "rate", "referer",
    "request", "request-target", "resolve", "retry", "retry-delay", "retry-max-time",
    "sasl-authzid", "service-name", "socks4", "socks4a", "socks5", "socks5-gssapi-service",
    "socks5-hostname", "speed-limit", "speed-time", "stderr", "telnet-option", "tftp-blksize",
    "time-cond", "tls-max", "tls13-ciphers", "tlsauthtype", "tlspassword", "tlsuser", "trace",
    "trace-ascii", "unix-socket", "upload-file", "url", "url-query", "user", "user-agent",
    "write-out",
})
"""Long options that take a value."""
FLAGS: Final = frozenset({
    "anyauth", "append", "basic", "cert-status", "compressed", "compressed-ssh", "create-dirs",
    "crlf", "digest", "disable", "disable-eprt", "disable-epsv", "disallow-username-in-url",
    "doh-cert-status", "doh-insecure", "fail", "fail-early", "fail-with-body", "false-start",
    "form-escape", "ftp-create-dirs", "ftp-pasv", "ftp-pret", "ftp-skip-pasv-ip", "ftp-ssl-ccc",
    "ftp-ssl-control", "get", "globoff", "haproxy-protocol", "head", "http0.9", "http1.0",
    "http1.1", "http2", "http2-prior-knowledge", "http3", "http3-only", "ignore-content-length",
    "include", "insecure", "ipv4", "ipv6", "junk-session-cookies", "list-only", "location",
    "location-trusted", "mail-rcpt-allowfails", "manual", "metalink", "negotiate", "netrc",
    "netrc-optional", "next", "no-alpn", "no-buffer", "no-clobber", "no-keepalive", "no-npn",
    "no-progress-meter", "no-sessionid", "ntlm", "ntlm-wb", "parallel", "parallel-immediate",
    "path-as-is", "post301", "post302", "post303", "progress-bar", "proxy-anyauth",
    "proxy-basic", "proxy-digest", "proxy-insecure", "proxy-negotiate", "proxy-ntlm",
    "proxy-ssl-allow-beast", "proxy-ssl-auto-client-cert", "proxy-tlsv1", "proxytunnel", "raw",
    "remote-header-name", "remote-name", "remote-name-all", "remote-time", "remove-on-error",
    "retry-all-errors", "retry-connrefused", "sasl-ir", "show-error", "silent", "socks5-basic",
    "socks5-gssapi", "socks5-gssapi-nec", "ssl", "ssl-allow-beast", "ssl-auto-client-cert",
    "ssl-no-revoke", "ssl-reqd", "ssl-revoke-best-effort", "sslv2", "sslv3", "styled-output",
    "suppress-connect-headers", "tcp-fastopen", "tcp-nodelay", "tftp-no-options", "tlsv1",
    "tlsv1.0", "tlsv1.1", "tlsv1.2", "tlsv1.3", "tr-encoding", "trace-time", "use-ascii",
    "verbose", "version", "xattr",
})
"""Long options that take none."""
SILENT: Final = frozenset({
    "alt-svc", "basic", "compressed", "compressed-ssh", "disable", "expect100-timeout", "fail",
    "fail-early", "fail-with-body", "form-escape", "globoff", "happy-eyeballs-timeout-ms",
    "hsts", "http1.1", "include", "ipv4", "ipv6", "keepalive-time", "location-trusted", "next",
    "no-alpn", "no-buffer", "no-keepalive", "no-npn", "no-progress-meter", "no-sessionid",
    "parallel", "parallel-immediate", "parallel-max", "progress-bar", "proto", "proto-default",
    "proto-redir", "retry-connrefused", "show-error", "silent", "ssl-no-revoke",
    "styled-output", "suppress-connect-headers", "tcp-fastopen", "tcp-nodelay", "tls-max",
    "tlsv1", "tlsv1.0", "tlsv1.1", "tlsv1.2", "tlsv1.3", "trace-time", "url", "use-ascii",
    "verbose",
})
"""They change nothing of a request, or only what a task does anyway."""
SHORT: Final = {
    "a": "append", "E": "cert", "K": "config", "C": "continue-at", "b": "cookie",
    "c": "cookie-jar", "d": "data", "q": "disable", "D": "dump-header", "f": "fail",
    "F": "form", "P": "ftp-port", "G": "get", "g": "globoff", "I": "head", "H": "header",
    "h": "help", "0": "http1.0", "i": "include", "k": "insecure", "4": "ipv4", "6": "ipv6",
    "j": "junk-session-cookies", "l": "list-only", "L": "location", "M": "manual",
    "m": "max-time", "n": "netrc", ":": "next", "N": "no-buffer", "o": "output",
    "Z": "parallel", "#": "progress-bar", "x": "proxy", "U": "proxy-user", "p": "proxytunnel",
    "Q": "quote", "r": "range", "e": "referer", "J": "remote-header-name", "O": "remote-name",
    "R": "remote-time", "X": "request", "S": "show-error", "s": "silent", "Y": "speed-limit",
    "y": "speed-time", "2": "sslv2", "3": "sslv3", "t": "telnet-option", "z": "time-cond",
    "1": "tlsv1", "T": "upload-file", "B": "use-ascii", "u": "user", "A": "user-agent",
    "v": "verbose", "V": "version", "w": "write-out",
}
"""Long names of the short options."""
_OUTPUT_OPTION: Final = (
    "create-dirs", "create-file-mode", "dump-header", "etag-save", "libcurl", "no-clobber",
    "output", "output-dir", "remote-header-name", "remote-name", "remote-name-all",
    "remote-time", "remove-on-error", "stderr", "trace", "trace-ascii", "write-out", "xattr",
)
_PROTOCOL_VERSION: Final = (
    "http0.9", "http1.0", "http2", "http2-prior-knowledge", "http3", "http3-only",
)
_ADDRESS_OVERRIDE: Final = (
    "abstract-unix-socket", "connect-to", "dns-interface", "dns-ipv4-addr", "dns-ipv6-addr",
    "dns-servers", "doh-url", "haproxy-protocol", "interface", "local-port", "request-target",
    "resolve", "unix-socket",
)
# fmt: on

LOSSES: Final = {
    **dict.fromkeys(
        _OUTPUT_OPTION, ("output_option", "the response is the task's output; nothing is written")
    ),
    **dict.fromkeys(_PROTOCOL_VERSION, ("protocol_version", "HTTP/1.1 is used")),
    **dict.fromkeys(
        _ADDRESS_OVERRIDE, ("address_override", "the name is resolved and called as usual")
    ),
}
"""What is lost with an option: kind and message."""
