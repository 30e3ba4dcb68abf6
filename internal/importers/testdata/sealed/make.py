#!/usr/bin/python3
"""Writes the encrypted samples beside it, with Debian's python3-cryptography and python3-argon2.

The formats are those that Aegis (docs/vault.md) and Stratum (doc/BACKUP_FORMAT.md) describe.
"""
import base64, hashlib, json
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

PASSWORD = b"qwerty"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def fixed(size, seed):
    """Bytes that are the same each time."""
    return hashlib.shake_128(seed.encode()).digest(size)


def aegis():
    entries = [
        {"type": "totp", "name": "alice", "issuer": "x", "info": {
            "secret": SECRET, "algo": "SHA1", "digits": 6, "period": 30}},
        {"type": "motp", "name": "bob", "issuer": "x", "info": {
            "secret": "AERUKZ4JVPG66", "algo": "MD5", "digits": 6, "period": 10, "pin": "6666"}},
    ]
    key, salt = fixed(32, "vault"), fixed(32, "salt")
    n, r, p = 1 << 10, 8, 1  # less than the app's 1 << 15, for the sake of the tests
    wrap = Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(PASSWORD)
    slot = AESGCM(wrap).encrypt(fixed(12, "slot"), key, None)
    db = AESGCM(key).encrypt(fixed(12, "db"), json.dumps(
        {"version": 3, "entries": entries, "groups": []}).encode(), None)
    params = lambda nonce, text: {"nonce": nonce.hex(), "tag": text[-16:].hex()}
    return json.dumps({"version": 1, "header": {"slots": [
        {"type": 2, "uuid": "b", "key": "00", "key_params": {"nonce": "", "tag": ""}},
        {"type": 1, "uuid": "a", "key": slot[:-16].hex(),
         "key_params": params(fixed(12, "slot"), slot),
         "n": n, "r": r, "p": p, "salt": salt.hex(), "repaired": True}],
        "params": params(fixed(12, "db"), db)},
        "db": base64.b64encode(db[:-16]).decode()}, indent=4).encode() + b"\n"


BACKUP = json.dumps({"Authenticators": [
    {"Type": 2, "Icon": None, "Issuer": "x", "Username": "alice", "Secret": SECRET, "Pin": None,
     "Algorithm": 0, "Digits": 6, "Period": 30, "Counter": 0, "Ranking": 0},
    {"Type": 3, "Icon": None, "Issuer": "x", "Username": "bob", "Secret": "0123456789abcdef",
     "Pin": "6666", "Algorithm": 0, "Digits": 6, "Period": 10, "Counter": 0, "Ranking": 0}],
    "Categories": [], "AuthenticatorCategories": [], "CustomIcons": []}).encode()


def stratum():
    salt, nonce = fixed(16, "argon"), fixed(12, "gcm")
    key = hash_secret_raw(PASSWORD, salt, time_cost=3, memory_cost=1 << 16, parallelism=4,
                          hash_len=32, type=Type.ID)
    return b"AUTHENTICATORPRO" + salt + nonce + AESGCM(key).encrypt(nonce, BACKUP, None)


def old_stratum():
    salt, iv = fixed(20, "pbkdf2"), fixed(16, "cbc")
    key = hashlib.pbkdf2_hmac("sha1", PASSWORD, salt, 64000, 32)
    pad = padding.PKCS7(128).padder()
    enc = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    text = enc.update(pad.update(BACKUP) + pad.finalize()) + enc.finalize()
    return b"AuthenticatorPro" + salt + iv + text


for name, content in [("aegis.json", aegis()), ("stratum.authpro", stratum()),
                      ("stratum-old.authpro", old_stratum())]:
    open(name, "wb").write(content)
