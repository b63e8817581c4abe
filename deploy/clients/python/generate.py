"""Makes the generated part of the package from the contract: messages by protoc, typed services by the template below.

    python generate.py        needs the packages of requirements-build.txt; `pip install .` and `python -m build` call it

What comes of it lies beside the helpers under src/tributary_client and is not committed.
"""

import importlib.resources
import pathlib
import re
import shutil
import tempfile

from google.protobuf import descriptor_pb2 as pb
from google.protobuf import descriptor_pool, message_factory
from grpc_tools import protoc

HERE = pathlib.Path(__file__).resolve().parent
CONTRACT = HERE.parent.parent.parent / "proto" / "tributary"
REPEATABLE = HERE.parent / "repeatable.txt"
TARGET = HERE / "src" / "tributary_client"
READ, INTERNAL = 1, 3  # of tributary.common.v1.Access
VALIDATION = "buf/validate/validate.proto"


def run_protoc(*arguments):
    if protoc.main(["protoc", *arguments]) != 0:
        raise SystemExit("protoc failed")


def contract(scratch):
    """The descriptors of the contract with their comments, without rules of validation: those hold in the services."""
    out = scratch / "contract.binpb"
    files = sorted(str(path.relative_to(CONTRACT.parent)) for path in CONTRACT.rglob("*.proto"))
    run_protoc(
        f"-I{CONTRACT.parent}",
        f"-I{CONTRACT.parent / 'third_party'}",
        f"-I{importlib.resources.files('grpc_tools') / '_proto'}",
        "--include_imports",
        "--include_source_info",
        f"--descriptor_set_out={out}",
        *files,
    )
    found = pb.FileDescriptorSet.FromString(out.read_bytes())
    kept = pb.FileDescriptorSet(file=[file for file in found.file if file.name != VALIDATION])
    for file in kept.file:
        file.dependency[:] = [name for name in file.dependency if name != VALIDATION]
        for message in file.message_type:
            drop_validation(message)
    out.write_bytes(kept.SerializeToString())
    return kept, files, out


def drop_validation(message):
    """The options are not known here, nor are the others of fields, which a client needs as little."""
    for part in [message, *message.field, *message.oneof_decl]:
        part.options.DiscardUnknownFields()
        if not part.options.ByteSize():
            part.ClearField("options")
    for nested in message.nested_type:
        drop_validation(nested)


def messages(files, descriptors):
    """Messages and their types, below the package instead of beside it."""
    root = TARGET / "proto"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    run_protoc(f"--descriptor_set_in={descriptors}", f"--python_out={root}", f"--pyi_out={root}", *files)
    for path in root.rglob("*.py*"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^from tributary\.", "from tributary_client.proto.tributary.", text, flags=re.M)
        # Where googleapis-common-protos has these messages with their types.
        text = re.sub(r"^(from google.longrunning import operations)_pb2", r"\1_proto_pb2", text, flags=re.M)
        path.write_text(text, encoding="utf-8")
    for directory in [root, *(path for path in root.rglob("*") if path.is_dir())]:
        (directory / "__init__.py").touch()


def areas(files):
    """One module per area of the contract, with all its messages: `from tributary_client import partner`."""
    by_area = {}
    for name in files:
        by_area.setdefault(name.split("/")[1], []).append(name.removesuffix(".proto").replace("/", "."))
    for area, modules in by_area.items():
        lines = ["# ruff: noqa", f'"""Messages of tributary.{area}.v1. Generated."""', ""]
        lines += [f"from tributary_client.proto.{module}_pb2 import *" for module in modules]
        (TARGET / f"{area}.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sorted(by_area)


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Services:
    """The services of the contract as Python, twice: one that waits, one to await."""

    def __init__(self, descriptors):
        self.pool = descriptor_pool.DescriptorPool()
        for file in descriptors.file:
            self.pool.Add(file)
        self.files = [file for file in descriptors.file if file.service]
        self.options = message_factory.GetMessageClass(self.pool.FindMessageTypeByName("google.protobuf.MethodOptions"))
        self.policy = self.pool.FindExtensionByName("tributary.common.v1.policy")
        lines = REPEATABLE.read_text(encoding="utf-8").splitlines()
        self.repeatable = {line for line in lines if line and not line.startswith("#")}

    def write(self, areas, asynchronous):
        kind, how = ("AsyncCalls", "to await") if asynchronous else ("Calls", "each call waits")
        lines = [
            "# ruff: noqa",
            f'"""The services of the contract; {how}. Generated."""',
            "",
            f"from collections.abc import {'AsyncIterable, AsyncIterator' if asynchronous else 'Iterable, Iterator'}",
            "",
            "from google.longrunning import operations_proto_pb2 as longrunning",
            "from google.protobuf import empty_pb2",
            "",
            f"from tributary_client import {', '.join(areas)}",
            f"from tributary_client.calls import {kind}, Method",
        ]
        names = []
        for file in self.files:
            for index, service in enumerate(file.service):
                lines += self.service(file, index, service, asynchronous)
                names.append(service.name)
        lines += ["", "", "class Services:", '    """All of them."""', "", f"    def __init__(self, calls: {kind}) -> None:"]
        lines += [f"        self.{snake(name.removesuffix('Service'))} = {name}(calls)" for name in sorted(names)]
        target = TARGET / ("aio_services.py" if asynchronous else "services.py")
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def service(self, file, index, service, asynchronous):
        comments = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
        lines = [
            "",
            "",
            f"class {service.name}:",
            *docstring(comments.get((6, index), ""), 4),
            "",
            f"    def __init__(self, calls: {'AsyncCalls' if asynchronous else 'Calls'}) -> None:",
            "        self._calls = calls",
        ]
        for at, method in enumerate(service.method):
            path = f"{file.package}.{service.name}/{method.name}"
            access = self.access(path, method)
            if access != INTERNAL:
                lines += self.method(path, method, access == READ, comments.get((6, index, 2, at), ""), asynchronous)
        return lines

    def access(self, path, method):
        if path.startswith("google.longrunning."):
            return READ if method.name.startswith(("Get", "List", "Wait")) else 0
        return self.options.FromString(method.options.SerializeToString()).Extensions[self.policy].access

    def method(self, path, method, reads, comment, asynchronous):
        fields = self.pool.FindMessageTypeByName(method.input_type[1:]).fields_by_name
        identified = "request_id" in fields
        repeatable = reads or identified or path in self.repeatable
        request, answer = python_type(method.input_type), python_type(method.output_type)
        several = "Async" if asynchronous else ""
        if method.client_streaming and not method.server_streaming:
            raise SystemExit(f"{path} streams up only, which nothing here knows")
        name, taken = ("requests", f"{several}Iterable[{request}]") if method.client_streaming else ("request", request)
        given = f"{several}Iterator[{answer}]" if method.server_streaming else answer
        shape = "both" if method.client_streaming else "down" if method.server_streaming else "unary"
        waits = asynchronous and shape == "unary"
        lines = [
            "",
            f"    {'async def' if waits else 'def'} {snake(method.name)}(",
            f"        self, {name}: {taken}, *, timeout: float | None = None",
            f"    ) -> {given}:",
            *docstring(comment, 8),
            f'        method = Method("/{path}", {answer}, {repeatable}, {identified})',
            f"        return {'await ' if waits else ''}self._calls.{shape}(method, {name}, timeout)",
        ]
        item = self.item(method, fields)
        if item:
            lines += [
                "",
                f"    def iter_{snake(method.name).removeprefix('list_')}(",
                f"        self, request: {request}, *, timeout: float | None = None",
                f"    ) -> {several}Iterator[{item[1]}]:",
                f'        """All items of `{snake(method.name)}`, page after page; `timeout` is that of each page."""',
                f'        return self._calls.pages(self.{snake(method.name)}, request, "{item[0]}", timeout)',
            ]
        return lines

    def item(self, method, fields):
        """Name and type of what a list lists."""
        answer = self.pool.FindMessageTypeByName(method.output_type[1:]).fields_by_name
        lists = [field for field in answer.values() if field.is_repeated and field.message_type]
        if method.name.startswith("List") and "page_token" in fields and "next_page_token" in answer and len(lists) == 1:
            return lists[0].name, python_type("." + lists[0].message_type.full_name)
        return None


def python_type(name):
    """How a message is named in the generated modules."""
    if name == ".google.protobuf.Empty":
        return "empty_pb2.Empty"
    if name.startswith(".google.longrunning."):
        return name.replace(".google.longrunning.", "longrunning.")
    area, message = re.fullmatch(r"\.tributary\.(\w+)\.v1\.(.+)", name).groups()
    return f"{area}.{message}"


def docstring(comment, indent):
    lines = [line.strip().replace("\\", "\\\\") for line in comment.strip().splitlines()]
    lines[0] = '"""' + lines[0]
    lines[-1] += ' """' if lines[-1].endswith('"') else '"""'
    return [" " * indent + line if line else "" for line in lines]


def main():
    with tempfile.TemporaryDirectory() as scratch:
        descriptors, files, path = contract(pathlib.Path(scratch))
        messages(files, path)
    found = areas(files)
    services = Services(descriptors)
    for asynchronous in (False, True):
        services.write(found, asynchronous)


if __name__ == "__main__":
    main()
