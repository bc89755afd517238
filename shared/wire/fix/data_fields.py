"""Data fields: values that may hold any byte, SOH too, and whose length another field gives before them."""

import re
from typing import Final

DATA_BY_LENGTH: Final = {
    b"90": b"91",  # SecureData
    b"93": b"89",  # Signature
    b"95": b"96",  # RawData
    b"212": b"213",  # XmlData
    b"348": b"349",  # EncodedIssuer
    b"350": b"351",  # EncodedSecurityDesc
    b"352": b"353",  # EncodedListExecInst
    b"354": b"355",  # EncodedText
    b"356": b"357",  # EncodedSubject
    b"358": b"359",  # EncodedHeadline
    b"360": b"361",  # EncodedAllocText
    b"362": b"363",  # EncodedUnderlyingIssuer
    b"364": b"365",  # EncodedUnderlyingSecurityDesc
    b"445": b"446",  # EncodedListStatusText
    b"618": b"619",  # EncodedLegIssuer
    b"621": b"622",  # EncodedLegSecurityDesc
    b"1184": b"1185",  # SecurityXML
    b"1277": b"1278",  # DerivativeEncodedIssuer
    b"1280": b"1281",  # DerivativeEncodedSecurityDesc
    b"1282": b"1283",  # DerivativeSecurityXML
    b"1397": b"1398",  # EncodedMktSegmDesc
    b"1401": b"1402",  # EncryptedPassword
    b"1403": b"1404",  # EncryptedNewPassword
    b"1468": b"1469",  # EncodedSecurityListDesc
}
"""The tag of each data field by the tag of the field that has its length."""

LENGTH_FIELD: Final = re.compile(rb"\x01(?:" + b"|".join(DATA_BY_LENGTH) + rb")=")
"""Finds the first field of a message that announces data."""
