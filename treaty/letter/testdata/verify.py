"""Judges the golden vectors of MXP/1 with code of its own, written from docs/protocol.md:

    verify.py LETTERS.json [CARDS.json]

It prints one line per vector, and exits 1 if it disagrees with any. It needs the modules
cryptography (with ML-KEM) and jsonschema.
"""

import hashlib
import hmac
import json
import os
import re
import sys
import uuid

import jsonschema
import referencing
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Refused(Exception):
    """Something is refused, with a code of section 9."""

    def __init__(self, code, why):
        super().__init__(f"{code}: {why}")
        self.code = code


def want(ok, why, code="malformed"):
    if not ok:
        raise Refused(code, why)


# Section 1: conventions.

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def b64(text):
    """Bytes of base64url without padding, in its one spelling."""
    value = bits = 0
    out = bytearray()
    for c in text:
        n = ALPHABET.find(c)
        want(n >= 0, "not base64url")
        value, bits = (value << 6) | n, bits + 6
        if bits >= 8:
            bits -= 8
            out.append(value >> bits)
            value &= (1 << bits) - 1
    want(bits < 6 and value == 0, "bits that stand for nothing")
    return bytes(out)


def unb64(data):
    bits = "".join(f"{b:08b}" for b in data)
    bits += "0" * (-len(bits) % 6)
    return "".join(ALPHABET[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6))


def digest(data):
    return unb64(hashlib.sha256(data).digest())


def key_id(public):
    return unb64(hashlib.sha256(public).digest()[:16])


def strict(data):
    """One JSON object that every reader takes for the same."""

    def members(pairs):
        out = {}
        for name, value in pairs:
            want(name not in out, "a member twice")
            want(value is not None, "null")
            out[name] = value
        return out

    def whole(text):
        want(text != "-0" and abs(int(text)) < 2**53, "a number beyond 2^53")
        return int(text)

    def no(_):
        raise Refused("malformed", "a number that is not whole")

    def depth(v, n=0):
        want(n <= 32, "nested too deep")
        want(v is not None, "null")
        want(not isinstance(v, list) or len(v) <= 20_000, "a list too long")
        for x in v.values() if isinstance(v, dict) else v if isinstance(v, list) else ():
            depth(x, n + 1)

    try:
        v = json.loads(data.decode("utf-8"), object_pairs_hook=members, parse_int=whole, parse_float=no, parse_constant=no)
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise Refused("malformed", "not JSON")
    want(isinstance(v, dict), "not a JSON object")
    depth(v)
    return v


def typed(v, types, optional=()):
    """An object with these members, of these types, and no others."""
    for name, value in v.items():
        want(name in types, "a member is unknown")
        want(type(value) is types[name], f"{name}: wrong type")
    for name in types:
        want(name in v or name in optional, f"{name} is missing")
    return v


def is_bytes(text, n):
    try:
        return isinstance(text, str) and len(b64(text)) == n
    except Refused:
        return False


def is_node(text):
    f = text.split("/")
    return len(f) == 3 and f[0] == "mitra" and re.fullmatch("[A-Z]{2}", f[1], re.A) and is_uuid(f[2])


def is_uuid(text):
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def is_mid(text):
    return is_uuid(text) and uuid.UUID(text).version == 7


def is_time(t):
    return 0 < t <= 253402300799


def parties(v):
    want(is_node(v["iss"]) and is_node(v["aud"]) and v["iss"] != v["aud"], "iss, aud")
    want(is_mid(v["mid"]), "mid")


# Section 2: signed objects.


def verifies(public, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


def jws(text, typ):
    """Header, payload and what is to be verified of a compact JWS."""
    parts = text.split(".")
    want(len(parts) == 3, "want header.payload.signature")
    head, payload, signature = (b64(p) for p in parts)
    want(len(head) <= 4096 and len(signature) == 64, "header or signature of a wrong length")
    h = strict(head)
    want("crit" not in h, "crit", "crit_unknown")
    want(h.get("alg") == "EdDSA" and isinstance(h.get("kid"), str) and isinstance(h.get("typ"), str), "alg, kid, typ")
    want(h["typ"] == typ or typ.endswith("/") and h["typ"].startswith(typ), "typ")
    return h, payload, signature, (parts[0] + "." + parts[1]).encode()


# Section 3: cards.


class Card:
    TYPES = dict(mxp=int, node=str, country=str, authority=str, serial=int, previous=str, sign=list, seal=list, tls=list,
                 journal=str, endpoint=str, versions=list, suites=list, revoked=list, **{"from": int})

    def __init__(self, doc):
        typed(doc, dict(payload=str, signatures=list))
        self.payload = b64(doc["payload"])
        c = typed(strict(self.payload), self.TYPES, ("previous", "endpoint", "revoked"))
        want(c["mxp"] == 1 and is_node(c["node"]) and c["country"] == c["node"][6:8], "mxp, node, country")
        want(("previous" in c) == (c["serial"] > 1), "previous")
        want(1 <= len(c["sign"]) <= 2 and 1 <= len(c["seal"]) <= 4, "sign, seal")
        for k in c["sign"]:
            want(len(b64(k["key"])) == 32, "a signing key has 32 bytes")
        for k in c["sign"] + c["seal"]:
            want(key_id(b64(k["key"])) == k["kid"], "a key and its id")
        want(is_bytes(c["journal"], 32) and all(is_bytes(p, 32) for p in c["tls"]), "journal, tls")
        self.card = c
        self.sign = {k["kid"]: b64(k["key"]) for k in c["sign"]}
        self.signatures = []
        for s in doc["signatures"]:
            typed(s, dict(protected=str, signature=str))
            h, _, signature, message = jws(f"{s['protected']}.{doc['payload']}.{s['signature']}", "mxp-card")
            self.signatures.append((h["kid"], signature, message))
        want(self.signed_by(c["sign"][0]["kid"], self.sign), "not signed by its own key", "signature")

    def signed_by(self, kid, keys):
        return any(k == kid and kid in keys and verifies(keys[kid], s, m) for k, s, m in self.signatures)

    def fingerprint(self):
        bits = int.from_bytes(hashlib.sha256(b"mxp-card fingerprint\n" + self.payload).digest(), "big") >> (256 - 126)
        words = []
        for w in range(6, -1, -1):
            word = bits >> (18 * w)
            six = [(word >> s) & 63 for s in (12, 6, 0)]
            words.append("".join("bcdghjklmnprstwy"[x >> 2] + "aiou"[x & 3] for x in six))
        return " ".join(words)


def chain(cards):
    """The errors of a chain of cards are named as in the vectors."""
    known = []
    for c in cards:
        keys = dict(c.sign)
        if not known:
            want(c.card["serial"] == 1, "begins late", "gap")
        else:
            last = known[-1]
            for k in known:
                if k.card["serial"] == c.card["serial"]:
                    raise Refused("known" if k.payload == c.payload else "fork", "a serial twice")
            want(c.card["serial"] == last.card["serial"] + 1, "missing", "gap")
            want(c.card["previous"] == digest(last.payload), "previous", "fork")
            want(c.card["from"] >= last.card["from"], "from")
            gone = {r["kid"] for k in known + [c] for r in k.card.get("revoked", []) if r["at"] <= c.card["from"]}
            want(any(c.signed_by(k, last.sign) for k in last.sign if k not in gone), "introduction", "introduction")
            keys.update(last.sign)
        for kid, signature, message in c.signatures:
            want(kid in keys and verifies(keys[kid], signature, message), "a stray signature", "signature")
        known.append(c)


class Node:
    def __init__(self, v):
        self.card = Card(v["card"])
        chain([self.card])
        want(self.card.card["node"] == v["node"] and self.card.fingerprint() == v["fingerprint"], "node, fingerprint")
        self.open = {}
        for s in v["keys"]["seal"]:
            x = XWing(b64(s["key"]))
            self.open[key_id(x.public)] = x
        want(set(self.open) == {k["kid"] for k in self.card.card["seal"]}, "the card's sealing keys are not those of the seeds")

    def key(self, kid, written):
        want(written >= self.card.card["from"] and kid in self.card.sign, "no such key then", "key_unknown")
        return self.card.sign[kid]


NODES = {}


def key_of(node, kid, written):
    want(node in NODES, "no peer", "issuer_unknown")
    return NODES[node].key(kid, written)


# Section 5: letters.

HEADER = dict(alg=str, kid=str, typ=str, iss=str, aud=str, mid=str, cid=str, irt=str, iat=int, exp=int, agr=str, art=str, pur=str,
              hnd=str, grd=str, req=str, ord=str, clk=str, ret=int, sch=str, ref=str)
AGREED = "agr art pur hnd req clk ret".split()
MAY = "grd ord ref".split()
FREE = ("ping", "card", "agreement", "reconcile")
ANSWERS = ("answer", "release-request", "release", "nothing-to-release", "referral-reply")
WORD, OFFICE = "[a-z0-9][a-z0-9._-]{0,63}", "[a-z0-9._-]{1,64}"

SCHEMAS = {}


def load_schemas(folder):
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            SCHEMAS[name[: -len(".json")]] = json.load(f)
    for s in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(s)


def fits(typ, payload):
    registry = referencing.Registry().with_resources((s["$id"], referencing.Resource.from_contents(s)) for s in SCHEMAS.values())
    return jsonschema.Draft202012Validator(SCHEMAS[typ], registry=registry).is_valid(payload)


def letter(text):
    want(len(text) <= 1 << 20, "too large", "too_large")
    h, payload, signature, message = jws(text, "mxp-letter/")
    typed(h, HEADER, ["irt"] + AGREED + MAY)
    public = key_of(h["iss"], h["kid"], h["iat"])
    want(verifies(public, signature, message), "signature", "signature_wrong")
    typ = h["typ"].removeprefix("mxp-letter/")
    want(typ in SCHEMAS and typ != "common", "no such type", "type_unknown")
    parties(h)
    want(is_time(h["iat"]) and is_time(h["exp"]) and 0 < h["exp"] - h["iat"] <= 30 * 86400, "iat, exp")
    want(is_mid(h["cid"]), "cid")
    if "irt" in h:
        want(is_mid(h["irt"]) and h["irt"] != h["mid"] and h["cid"] != h["mid"], "irt, cid")
    else:
        want(h["cid"] == h["mid"] and typ not in ANSWERS and not typ.endswith("-answer"), "irt is missing")
    if typ in FREE:
        want(not any(m in h for m in AGREED + MAY), "members that the type does not have")
    else:
        want(all(m in h for m in AGREED), "members that the type has")
        want(is_bytes(h["agr"], 32) and re.fullmatch("H[0-3]", h["hnd"]), "agr, hnd")
        want(all(re.fullmatch(WORD, h[m]) for m in ("art", "pur", "clk")), "art, pur, clk")
        want(re.fullmatch(OFFICE, h["req"]) and re.fullmatch(OFFICE, h.get("ord", "x")), "req, ord")
        want(is_time(h["ret"]) and h["ret"] > h["iat"], "ret")
        want(re.fullmatch("[ABCX][1-4]", h.get("grd", "A1")) and ("ref" not in h or is_bytes(h["ref"], 32)), "grd, ref")
    want(h["sch"] == f"urn:mxp:schema:{typ}:1", "sch", "schema_invalid")
    p = strict(payload)
    want(fits(typ, p), "payload", "schema_invalid")
    want(("conditions" in p) == (h.get("hnd") == "H3"), "conditions", "schema_invalid")
    return h, payload


# Section 6: envelopes. X-Wing and the key schedule of RFC 9180 by hand.


class XWing:
    def __init__(self, seed):
        expanded = hashlib.shake_256(seed).digest(96)
        self.pq = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        self.dh = X25519PrivateKey.from_private_bytes(expanded[64:])
        self.x = self.dh.public_key().public_bytes_raw()
        self.public = self.pq.public_key().public_bytes_raw() + self.x

    def decapsulate(self, enc):
        ct, x = enc[:1088], enc[1088:]
        ss = self.pq.decapsulate(ct) + self.dh.exchange(X25519PublicKey.from_public_bytes(x))
        return hashlib.sha3_256(ss + x + self.x + b"\\.//^\\").digest()


SUITE = b"HPKE" + bytes.fromhex("647a00010002")


def extract(salt, label, ikm):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + SUITE + label + ikm, "sha256")


def expand(prk, label, info, n):
    out = block = b""
    info = n.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + info
    for i in range(1, -(-n // 32) + 1):
        block = hmac.digest(prk, block + info + bytes([i]), "sha256")
        out += block
    return out[:n]


def unseal(private, enc, sealed, info, aad):
    shared = private.decapsulate(enc)
    context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared, b"secret", b"")
    key, nonce = expand(secret, b"key", context, 32), expand(secret, b"base_nonce", context, 12)
    return AESGCM(key).decrypt(nonce, sealed, aad)


ENVELOPE = dict(mxp=int, suite=str, iss=str, aud=str, mid=str, iat=int, exp=int, kid=str, hid=str)


def envelope(text):
    want(len(text) <= 3 << 19, "too large", "too_large")
    parts = text.split(".")
    want(len(parts) == 3 and len(parts[0]) <= 2048, "want header.body.signature")
    head, body, signature = (b64(p) for p in parts)
    h = typed(strict(head), ENVELOPE)
    want(h["mxp"] == 1 and h["suite"] == "X1", "mxp, suite")
    parties(h)
    want(is_time(h["iat"]) and is_time(h["exp"]) and 0 < h["exp"] - h["iat"] <= 30 * 86400, "iat, exp")
    want(is_bytes(h["kid"], 16) and is_bytes(h["hid"], 16), "kid, hid")
    want(len(body) >= 1120 + 16 + 1024 and (len(body) - 1120 - 16) % 1024 == 0 and len(signature) == 64, "body, signature")
    message = f"MXP/1 envelope\n{parts[0]}\n{digest(body)}\n".encode()
    want(verifies(key_of(h["iss"], h["kid"], h["iat"]), signature, message), "signature", "signature_wrong")
    return h, parts[0], body


def opened(text):
    h, head, body = envelope(text)
    private = next((n.open[h["hid"]] for n in NODES.values() if h["hid"] in n.open and n is not NODES[h["iss"]]), None)
    want(private, "no such sealing key", "cannot_open")
    info = b"\x00".join([b"MXP/1 envelope", h["iss"].encode(), h["aud"].encode(), h["mid"].encode()])
    try:
        plain = unseal(private, body[:1120], body[1120:], info, head.encode())
    except (InvalidTag, ValueError):
        raise Refused("cannot_open", "HPKE")
    n = int.from_bytes(plain[:4], "big")
    want(len(plain) == -(-(4 + n) // 1024) * 1024 and not any(plain[4 + n :]), "padding", "cannot_open")
    text = plain[4 : 4 + n].decode("latin-1")
    inner, _ = letter(text)
    want(all(inner[m] == h[m] for m in "iss aud mid iat exp kid".split()), "not of one piece", "header_differs")
    return text


# Section 7: receipts.

RECEIPT = dict(r=int, iss=str, aud=str, mid=str, at=int)
STAGE = {1: dict(env=str, leaf=str, head=str), 2: dict(ok=bool, code=str), 3: dict(answer=str)}
CODES = set("""malformed too_large not_for_us issuer_unknown key_unknown key_revoked signature_wrong mid_reused expired
from_the_future cannot_open header_differs type_unknown schema_invalid crit_unknown suspended rate unavailable agreement_unknown
agreement_not_in_force agreement_party article_unknown purpose_unknown conversation_unknown type_not_allowed field_not_allowed
handling_not_allowed grading_required clock_not_allowed retention_too_long quota_exhausted""".split())


def receipt(text):
    want(len(text) <= 16 << 10, "too large", "too_large")
    h, payload, signature, message = jws(text, "mxp-receipt")
    typed(h, dict(alg=str, kid=str, typ=str))
    p = strict(payload)
    want(p.get("r") in STAGE, "r")
    typed(p, RECEIPT | STAGE[p["r"]], ("code",))
    parties(p)
    want(is_time(p["at"]), "at")
    if p["r"] == 1:
        want(is_bytes(p["env"], 32) and is_bytes(p["leaf"], 32) and len(p["head"].encode()) <= 4096, "env, leaf, head")
    elif p["r"] == 2:
        want(p["ok"] != ("code" in p) and p.get("code", "malformed") in CODES, "code")
    else:
        want(is_mid(p["answer"]) and p["answer"] != p["mid"], "answer")
    want(verifies(key_of(p["iss"], h["kid"], p["at"]), signature, message), "signature", "signature_wrong")
    return payload


# The vectors.

failed = False


def judge(kind, name, code, check):
    """Runs a check that has to end with a code, or without one."""
    global failed
    try:
        check()
        got = ""
    except Refused as r:
        got = r.code
        if got != code:
            print(r)
    ok = got == code
    failed = failed or not ok
    print("ok   " if ok else "WRONG", kind, name, f"({code})" if code else "")


def main(letters, cards=None):
    load_schemas(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "schema"))
    with open(letters, encoding="utf-8") as f:
        v = json.load(f)

    def same(a, b):
        want(a == b, "not what the vector says", "differs")

    for n in v["nodes"]:
        judge("node", n["node"], "", lambda: NODES.update({n["node"]: Node(n)}))
    for x in v["letters"]:
        judge("letter", x["name"], "", lambda: same(letter(x["text"])[1], x["payload"].encode()))
    for x in v["envelopes"]:
        judge("envelope", x["name"], "", lambda: (same(digest(x["text"].encode()), x["hash"]), same(opened(x["text"]), x["letter"])))
    for x in v["receipts"]:
        judge("receipt", x["name"], "", lambda: same(receipt(x["text"]), x["payload"].encode()))
    for x in v["invalid"]:
        if x["kind"] == "opened":
            judge("envelope outside", x["name"], "", lambda: envelope(x["text"]))
        reader = {"letter": letter, "envelope": envelope, "opened": opened, "receipt": receipt}[x["kind"]]
        judge(x["kind"], x["name"], x["code"], lambda: reader(x["text"]))
    if cards is None:
        return
    with open(cards, encoding="utf-8") as f:
        v = json.load(f)
    for x in v["cards"]:
        c = Card(x["card"])
        judge("card", c.card["serial"], "", lambda: (same(digest(c.payload), x["hash"]), same(c.fingerprint(), x["fingerprint"])))
    judge("cards", "all", "", lambda: chain([Card(x["card"]) for x in v["cards"]]))
    for x in v["invalid"]:
        judge("cards", x["name"], x["error"], lambda: chain([Card(c) for c in x["cards"]]))


main(*sys.argv[1:])
sys.exit(1 if failed else 0)
