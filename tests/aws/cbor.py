"""RPC v2 CBOR for moto 5.2.5, which does not know it: CloudWatch's newer protocol <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>.

A request is rewritten into the older query protocol, which moto serves, by the service's own model as botocore has it; the answer is read by
the same model and written as CBOR. What is said does not change, only how.
"""
import io, re
from urllib.parse import urlencode

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import QueryParser, RpcV2CBORParser
from botocore.serialize import QuerySerializer, RpcV2CBORSerializer

PATH = re.compile(r"/service/GraniteServiceVersion20100801/operation/(\w+)$")
MODEL = ServiceModel(Loader().load_service_model("cloudwatch", "service-2"), "cloudwatch")


def bridged(application):
    """The application, for requests in either protocol."""

    def handle(environ, start_response):
        match = PATH.match(environ["PATH_INFO"])
        if not match:
            return application(environ, start_response)
        operation = MODEL.operation_model(match.group(1))
        body = query(operation, environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        answer = {}

        def started(status, headers, *_):
            answer.update(status=status, headers=dict(headers))

        environ = {key: value for key, value in environ.items() if key not in ("HTTP_SMITHY_PROTOCOL", "HTTP_ACCEPT")}
        environ |= {
            "PATH_INFO": "/",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        xml = b"".join(application(environ, started))
        said = cbor(operation, int(answer["status"].split()[0]), answer["headers"], xml)
        headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"), ("Content-Length", str(len(said)))]
        start_response(answer["status"], headers)
        return [said]

    return handle


def query(operation, body):
    parser = RpcV2CBORParser()
    parameters = parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)) if body else {}
    return urlencode(QuerySerializer().serialize_to_request(parameters, operation)["body"]).encode()


def cbor(operation, status, headers, xml):
    said = QueryParser().parse({"status_code": status, "headers": headers, "body": xml}, operation.output_shape)
    said.pop("ResponseMetadata", None)
    if "Error" in said:
        error = said["Error"]
        return text_map({"__type": error.get("Code", ""), "message": error.get("Message", "")})
    if operation.output_shape is None:
        return text_map({})
    return RpcV2CBORSerializer()._serialize_body_params(said, operation.output_shape)


def text_map(texts):
    """A map of less than 24 short texts."""

    def text(value):
        encoded = value.encode()
        return b"\x79" + len(encoded).to_bytes(2, "big") + encoded

    return bytes([0xA0 + len(texts)]) + b"".join(text(key) + text(value) for key, value in texts.items())
