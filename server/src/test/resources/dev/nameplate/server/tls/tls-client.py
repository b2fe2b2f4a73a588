# Opens connections, one after the other, each with the session of the one before, and prints what
# it knows of each and what the server answered. Arguments: port, TLS version, and any of "no-ems",
# "no-ticket" and "cert=FILE" (the client's key and certificates).
import base64
import socket
import ssl
import sys

port, version, options = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
OP_NO_EXTENDED_MASTER_SECRET = 1  # OpenSSL 3; the module has no name for it

context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
if "no-ems" in options:
    context.options |= OP_NO_EXTENDED_MASTER_SECRET
if "no-ticket" in options:
    context.options |= ssl.OP_NO_TICKET
for option in options:
    if option.startswith("cert="):
        context.load_cert_chain(option.removeprefix("cert="))

session = None
for _ in range(2):
    network = socket.create_connection(("127.0.0.1", port))
    with context.wrap_socket(network, session=session) as tls:
        tls.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b""
        while True:
            more = tls.recv(4096)
            if not more:
                break
            answer += more
        unique = tls.get_channel_binding("tls-unique")
        print("version=%s reused=%s tls-unique=%s" % (
            tls.version(), tls.session_reused, base64.b64encode(unique).decode()))
        print(answer.decode().split("\r\n\r\n", 1)[1])
        session = tls.session
