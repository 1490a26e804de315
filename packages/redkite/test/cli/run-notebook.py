"""Runs the cells of a notebook on a Jupyter server, one after the other, and prints what each wrote, as JSON.

python run-notebook.py http://127.0.0.1:8888 TestMilvus.ipynb

Takes nothing that does not come with Jupyter itself.
"""

import http.cookiejar
import json
import sys
import urllib.request
import uuid

import websocket

cookies = http.cookiejar.CookieJar()
browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))


def ask(url, body=None, method=None):
    """A request as the pages of Jupyter make it: with the cookie that proves that a page of its own asks."""
    headers = {"Content-Type": "application/json"}
    headers.update({"X-XSRFToken": cookie.value for cookie in cookies if cookie.name == "_xsrf"})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with browser.open(request, timeout=60) as answer:
        return answer.read()


def run_cell(socket, source):
    """Sends a cell to the kernel; what it wrote until the kernel is idle again."""
    message_id = uuid.uuid4().hex
    header = {
        "msg_id": message_id,
        "msg_type": "execute_request",
        "username": "test",
        "session": "test",
        "version": "5.3",
    }
    content = {"code": source, "silent": False, "store_history": True, "stop_on_error": True}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    socket.send(json.dumps({**message, "channel": "shell", "buffers": []}))
    written = ""
    while True:
        reply = json.loads(socket.recv())
        if reply["parent_header"].get("msg_id") != message_id:
            continue
        kind, content = reply["msg_type"], reply["content"]
        if kind == "stream" and content["name"] == "stdout":
            written += content["text"]
        elif kind == "error":
            sys.exit("\n".join(content["traceback"]))
        elif kind == "status" and content["execution_state"] == "idle":
            return written


def main():
    address, notebook = sys.argv[1:]
    ask(f"{address}/lab")
    cells = json.loads(ask(f"{address}/api/contents/{notebook}"))["content"]["cells"]
    kernel = json.loads(ask(f"{address}/api/kernels", {"name": "python3"}))["id"]
    channels = f"{address.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels"
    socket = websocket.create_connection(channels, timeout=120)
    sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    print(json.dumps([run_cell(socket, source) for source in sources]))
    socket.close()
    ask(f"{address}/api/kernels/{kernel}", method="DELETE")


main()
