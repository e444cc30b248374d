"""REST of the voice product: which countries may be called (section 13)."""

from typing import Any

from flask import json, request

from weerbaar.simulator import dial
from weerbaar.simulator.answers import Refusal
from weerbaar.simulator.network import Network

_PATH = "/v1/DialingPermissions/Countries"
_RISKS = (
    "low_risk_numbers_enabled",
    "high_risk_special_numbers_enabled",
    "high_risk_tollfraud_numbers_enabled",
)


def list_countries(network: Network) -> dict[str, Any]:
    """GET DialingPermissions/Countries."""
    rows = [_country(network, iso) for iso in sorted(network.countries)]
    wanted = request.args.get("LowRiskNumbersEnabled", "").lower()
    shown = [row for row in rows if not wanted or row[_RISKS[0]] is (wanted == "true")]
    return {
        "content": shown,
        "meta": {
            "key": "content", "page": 0, "page_size": 50, "url": _PATH, "first_page_url": _PATH,
            "next_page_url": None, "previous_page_url": None,
        },
    }  # fmt: skip


def get_country(network: Network, iso: str) -> dict[str, Any]:
    """GET DialingPermissions/Countries/{IsoCode}."""
    if iso not in network.countries:
        raise Refusal(20404)
    return _country(network, iso)


def update_countries(network: Network) -> dict[str, Any]:
    """POST DialingPermissions/BulkCountryUpdates."""
    asked = json.loads(request.form.get("UpdateRequest", "[]"))
    for row in asked:
        if row["iso_code"] in network.countries:
            on = {risk for risk in _RISKS if str(row.get(risk, "")).lower() == "true"}
            network.countries[row["iso_code"]] = frozenset(on)
    return {"update_count": len(asked), "update_request": json.dumps(asked)}


def _country(network: Network, iso: str) -> dict[str, Any]:
    enabled = network.countries[iso]
    return {
        "iso_code": iso,
        "name": iso,
        "continent": "EUROPE",
        "country_codes": [dial.country_code(iso)],
        **{risk: risk in enabled for risk in _RISKS},
        "url": f"{_PATH}/{iso}",
        "links": {"highrisk_special_prefixes": f"{_PATH}/{iso}/HighRiskSpecialPrefixes"},
    }
