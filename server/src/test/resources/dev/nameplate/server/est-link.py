"""Enrolls over TLS 1.2 with a request that is tied to its connection (RFC 7030 section 3.5).

usage: est-link.py HOST PORT ROOT NAME SECRET own|other
Python's ssl says what tls-unique is, openssl makes the request. With "other" the value is that of
another connection. Prints the HTTP status and the first line of the answer.
"""
import base64
import socket
import ssl
import subprocess
import sys
import tempfile

host, port, root, name, secret, which = sys.argv[1:]


def connection():
    context = ssl.create_default_context(cafile=root)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    plain = socket.create_connection((host, int(port)), timeout=30)
    return context.wrap_socket(plain, server_hostname=host)


def request(binding):
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/req.cnf", "w") as config:
            config.write("[req]\nprompt=no\ndistinguished_name=dn\nattributes=attributes\n")
            config.write("[dn]\nCN=%s\n[attributes]\nchallengePassword=%s\n" % (name, binding))
        made = subprocess.run(
            ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", folder + "/key.pem", "-config", folder + "/req.cnf",
             "-outform", "DER"],
            check=True, capture_output=True)
        return base64.b64encode(made.stdout)


with connection() as first, connection() as second:
    bound = first if which == "own" else second
    body = request(base64.b64encode(bound.get_channel_binding("tls-unique")).decode())
    credential = base64.b64encode(("%s:%s" % (name, secret)).encode()).decode()
    first.sendall(
        ("POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n"
         "Authorization: Basic %s\r\nContent-Type: application/pkcs10\r\nContent-Length: %d\r\n\r\n"
         % (host, credential, len(body))).encode() + body)
    answer = b""
    while True:
        more = first.recv(65536)
        if not more:
            break
        answer += more
head, _, text = answer.decode().partition("\r\n\r\n")
print(head.split(" ")[1], text.splitlines()[0])
