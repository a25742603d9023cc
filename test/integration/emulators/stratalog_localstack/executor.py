"""A LocalStack Lambda executor that runs Node functions as plain processes (no docker).

Each execution environment is: one tiny Lambda Runtime API server (loopback, its own port) and one
`node aws-lambda-ric` child that long-polls it, as in real Lambda. LocalStack does the rest: zip code,
concurrency (one environment per concurrent invocation), keep-alive, async retries, event source mappings.

LAMBDA_NODE:  the node binary (default: node on the PATH; aws-lambda-ric 4 needs Node >= 22)
LAMBDA_RIC:   path of aws-lambda-ric's bin (node_modules/aws-lambda-ric/index.mjs)
"""
import json
import logging
import os
import queue
import subprocess
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

LOG = logging.getLogger(__name__)
API = "/2018-06-01/runtime/"


class RuntimeApi(ThreadingHTTPServer):
    """The Lambda Runtime API for one execution environment: next, response, error, init/error."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), RuntimeApiHandler)
        self.started: Future = Future()
        self.invocations: queue.Queue = queue.Queue()
        self.pending: dict[str, Future] = {}
        self.stopped = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def submit(self, invocation: dict) -> Future:
        result = self.pending[invocation["id"]] = Future()
        self.invocations.put(invocation)
        return result

    def stop(self):
        self.stopped = True
        self.invocations.put(None)
        self.shutdown()
        self.server_close()


class RuntimeApiHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RuntimeApi

    def log_message(self, *_):
        pass

    def do_GET(self):  # invocation/next: blocks until there is one
        if not self.server.started.done():
            self.server.started.set_result(True)
        invocation = self.server.invocations.get()
        if invocation is None:
            self.close_connection = True
            return
        self._answer(200, invocation["payload"].encode(), {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation["id"],
            "Lambda-Runtime-Invoked-Function-Arn": invocation["arn"],
            "Lambda-Runtime-Deadline-Ms": str(invocation["deadline"]),
            "Lambda-Runtime-Trace-Id": invocation["trace"],
        })

    def do_POST(self):
        body = self._body()
        path = self.path.removeprefix(API)
        if path == "init/error":
            if not self.server.started.done():
                self.server.started.set_exception(StatusErrorException("init failed", payload=body))
        else:
            _, request_id, kind = path.split("/")
            result = self.server.pending.pop(request_id, None)
            if result is not None and not result.done():
                result.set_result((body, kind == "error"))
        self._answer(202, b"{}", {"Content-Type": "application/json"})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():  # trailers
                pass
            return body
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, body: bytes, headers: dict):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class ProcessRuntimeExecutor(RuntimeExecutor):
    api: RuntimeApi | None = None
    process: subprocess.Popen | None = None

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id=id, function_version=function_version)
        self.output: list[str] = []
        self.env: dict[str, str] = {}

    def start(self, env_vars: dict) -> None:
        self.env = {k: str(v) for k, v in env_vars.items()}
        self._spawn()

    def _spawn(self):
        if self.api:
            self.api.stop()
        api = self.api = RuntimeApi()
        code = self.function_version.config.code.get_unzipped_code_location()
        env = self.env | {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
            "LAMBDA_TASK_ROOT": str(code),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{self.function_version.config.runtime}",
            "TZ": "UTC",
        }
        process = self.process = subprocess.Popen(
            [os.environ.get("LAMBDA_NODE", "node"), "--enable-source-maps",
             os.environ["LAMBDA_RIC"], self.function_version.config.handler],
            cwd=code, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        threading.Thread(target=self._watch, args=(process, api), daemon=True).start()
        api.started.result(timeout=20)

    def _watch(self, process: subprocess.Popen, api: RuntimeApi):
        """Collect the output. A child that dies fails its running invocation, as in Lambda."""
        self.output.extend(process.stdout)
        code = process.wait()
        message = {"errorType": "Runtime.ExitError", "errorMessage": f"Runtime exited with code {code}"}
        body = json.dumps(message).encode()
        if not api.started.done():
            api.started.set_exception(StatusErrorException("exit during init", payload=body))
        for result in list(api.pending.values()):
            if not result.done():
                result.set_result((body, True))

    def stop(self) -> None:
        if self.api:
            self.api.stop()
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        request_id, timeout = payload["invoke-id"], int(self.function_version.config.timeout)
        mark, begin = len(self.output), time.monotonic()
        if self.process.poll() is not None:  # the last invocation ended the process: a new cold start
            self._spawn()
        future = self.api.submit({
            "id": request_id,
            "arn": payload["invoked-function-arn"],
            "payload": payload["payload"],
            "trace": payload["trace-id"],
            "deadline": int((time.time() + timeout) * 1000),
        })
        try:
            body, is_error = future.result(timeout=timeout)
        except FutureTimeout:  # Lambda throws a timed-out environment away
            self.process.kill()
            self.process.wait()
            body, is_error = json.dumps({
                "errorType": "Sandbox.Timedout",
                "errorMessage": f"RequestId: {request_id} Error: Task timed out after {timeout}.00 seconds",
            }).encode(), True
        ms = (time.monotonic() - begin) * 1000
        time.sleep(0.002)  # let the last lines of output arrive
        version = self.function_version.id.qualifier
        logs = "".join([
            f"START RequestId: {request_id} Version: {version}\n",
            *self.output[mark:],
            f"END RequestId: {request_id}\n",
            f"REPORT RequestId: {request_id}\tDuration: {ms:.2f} ms\tBilled Duration: {int(ms) + 1} ms\t"
            f"Memory Size: {self.function_version.config.memory_size} MB\n",
        ])
        return InvocationResult(request_id, body, is_error=is_error, logs=logs)

    def get_logs(self) -> str:
        return "".join(self.output)

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_unused"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        pass

    @classmethod
    def validate_environment(cls) -> bool:
        return Path(os.environ.get("LAMBDA_RIC", "")).is_file()
