"""Random requests, made from descriptors: mostly plausible, often wrong in one place, always the same for a seed."""

from google.protobuf import descriptor as proto

MAX_DEPTH = 3
KNOWN = {
    "google.protobuf.Timestamp": lambda m, r: setattr(m, "seconds", r.choice([0, 1767225600, -1, 253402300799])),
    "google.protobuf.Duration": lambda m, r: setattr(m, "seconds", r.choice([0, 1, 10])),
    "google.protobuf.FieldMask": lambda m, r: m.paths.extend(r.sample(["display_name", "title", "labels", "nothing"], 1)),
    "google.type.Date": lambda m, r: [setattr(m, k, v) for k, v in
                                      [("year", r.choice([2025, 2026, 0])), ("month", r.randint(0, 13)), ("day", r.randint(0, 32))]],
    "google.type.Money": lambda m, r: [setattr(m, "currency_code", r.choice(["CNY", "USD", "XQQ", ""])),
                                       setattr(m, "units", r.choice([0, 1, -5, 9007199254740993])),
                                       setattr(m, "nanos", r.choice([0, 500000000]))],
    "google.type.Decimal": lambda m, r: setattr(m, "value", r.choice(["0", "0.125", "-1", "1e3", "x", ""])),
}
WORDS = ["", "erp", "CN/GD", "名 with space", "a/b?c=d&e", "partner", "net_sales", "2026-Q1", "x" * 300, "%2F", "\t\"\\"]


class Generator:
    """Requests of a method. `names` are resource names by collection that exist, such as "partners"."""

    def __init__(self, random, names):
        self.random = random
        self.names = names

    def fill(self, message, depth=0):
        """Sets random fields."""
        known = KNOWN.get(message.DESCRIPTOR.full_name)
        if known:
            known(message, self.random)
            return message
        done = set()
        for field in message.DESCRIPTOR.fields:
            oneof = field.containing_oneof
            if self.random.random() > (0.7 if depth == 0 else 0.5) or (oneof and oneof.name in done):
                continue
            if oneof:
                done.add(oneof.name)
            self._set(message, field, depth)
        return message

    def _set(self, message, field, depth):
        if field.message_type and field.message_type.GetOptions().map_entry:
            if field.message_type.fields_by_name["value"].type == field.TYPE_STRING:
                getattr(message, field.name)["key"] = self.random.choice(WORDS)
        elif field.is_repeated:
            values = getattr(message, field.name)
            for _ in range(self.random.randint(1, 2)):
                if field.message_type:
                    if depth < MAX_DEPTH:
                        self.fill(values.add(), depth + 1)
                else:
                    values.append(self._scalar(field))
        elif field.message_type:
            if depth < MAX_DEPTH:
                inner = getattr(message, field.name)
                inner.SetInParent()
                self.fill(inner, depth + 1)
        else:
            setattr(message, field.name, self._scalar(field))

    def _scalar(self, field):
        pick = self.random.choice
        if field.cpp_type == proto.FieldDescriptor.CPPTYPE_STRING:
            if field.type == field.TYPE_BYTES:
                return pick([b"", b"\x00\xff", b"abc"])
            return self._text(field.name)
        if field.cpp_type == proto.FieldDescriptor.CPPTYPE_ENUM:
            return pick([value.number for value in field.enum_type.values])
        if field.cpp_type == proto.FieldDescriptor.CPPTYPE_BOOL:
            return pick([True, False])
        if field.cpp_type in (proto.FieldDescriptor.CPPTYPE_DOUBLE, proto.FieldDescriptor.CPPTYPE_FLOAT):
            return pick([0.0, 1.5, -2.25])
        if field.cpp_type in (proto.FieldDescriptor.CPPTYPE_UINT32, proto.FieldDescriptor.CPPTYPE_UINT64):
            return pick([0, 1, 7, 2**31])
        return pick([0, 1, 3, -1, 2**31 - 1])

    def _text(self, name):
        pick = self.random.choice
        if name in ("name", "parent", "partner", "plan", "run", "programme", "contract", "target", "statement"):
            return pick([value for values in self.names.values() for value in values] + ["nothing", ""])
        if name == "filter":
            return pick(["", 'region:"CN"', "status = PARTNER_STATUS_ACTIVE", "(", "nothing = 1"])
        if name == "page_token":
            return pick(["", "", "", "AAAA"])
        return pick(WORDS)


def set_path(message, path, value):
    """Sets a field at a dotted path."""
    *parents, last = path.split(".")
    for parent in parents:
        message = getattr(message, parent)
    setattr(message, last, value)


def get_path(message, path):
    """The value of a field at a dotted path."""
    for part in path.split("."):
        message = getattr(message, part)
    return message
