"""Where things are and which ports they use; every value can be set by a variable of the environment."""

import hashlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import HarnessError

UPSTREAM = Path(__file__).resolve().parents[1]
REPOSITORY = UPSTREAM.parents[1]
SHARED_MEMORY = Path("/dev/shm")
PYTHON = {"PYTHONPATH": str(UPSTREAM), "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True, slots=True)
class Settings:
    """One instance of the gateways; two with different directories and ports can run side by side.

    What has a 1 in its name is of the gateway 1.7.1 alone, `work` and `log_level` are of both.
    """

    work: Path
    venv: Path
    gateway_port: int
    control_port: int
    amqp_port: int
    dist_port: int
    epmd_port: int
    timeout: int
    log_level: str
    admin_key: str
    reader_key: str
    fix_knowledge: bool
    venv1: Path
    gateway1_port: int
    control1_port: int
    token1: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings.

        Args:
            environment: The variables; those that are absent or empty take their default.

        Raises:
            HarnessError: A variable that must be a number is none.
        """

        def number(name: str, default: int) -> int:
            text = environment.get(name) or str(default)
            if not text.isdigit():
                raise HarnessError(f"{name} is {text!r}; give a whole number, or unset it for {default}")
            return int(text)

        def path(name: str, default: Path) -> Path:
            return Path(environment.get(name) or default).resolve()

        return cls(
            work=path("TGW_WORK", REPOSITORY / ".interop"),
            venv=path("TGW_VENV", REPOSITORY / ".venv-gateway"),
            gateway_port=number("TGW_PORT", 18088),
            control_port=number("TGW_CONTROL_PORT", 18089),
            amqp_port=number("TGW_AMQP_PORT", 18672),
            dist_port=number("TGW_DIST_PORT", 18673),
            epmd_port=number("TGW_EPMD_PORT", 18674),
            timeout=number("TGW_TIMEOUT", 600),
            log_level=environment.get("TGW_LOGLEVEL") or "INFO",
            admin_key=environment.get("TGW_ADMIN_KEY") or "tg_interop_admin_key",
            reader_key=environment.get("TGW_READER_KEY") or "tg_interop_reader_key",
            fix_knowledge=environment.get("TGW_FIX_KNOWLEDGE", "0") not in ("", "0"),
            venv1=path("TGW1_VENV", REPOSITORY / ".venv-gateway-1"),
            gateway1_port=number("TGW1_PORT", 18087),
            control1_port=number("TGW1_CONTROL_PORT", 18090),
            token1=environment.get("TGW1_TOKEN") or "interop-token",
        )

    @property
    def python(self) -> Path:
        """The interpreter that has the gateway 2.11.1 installed."""
        return self.venv / "bin" / "python"

    @property
    def python1(self) -> Path:
        """The interpreter that has the gateway 1.7.1 installed."""
        return self.venv1 / "bin" / "python"

    @property
    def log(self) -> Path:
        """The directory of the logs; each is of the part's last start."""
        return self.work / "log"

    @property
    def broker_data(self) -> Path:
        """The broker's data directory.

        In memory where there is shared memory, because the gateway waits for a confirm of every message and a
        disk makes that three times as slow; one per work directory, so that two instances never share it.
        """
        if not os.access(SHARED_MEMORY, os.W_OK):
            return self.work / "broker"
        return SHARED_MEMORY / ("tgw-" + hashlib.sha256(str(self.work).encode()).hexdigest()[:12])

    @property
    def gateway_url(self) -> str:
        """The address of the gateway 2.11.1, without a slash at its end."""
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def control_url(self) -> str:
        """The address of the control server beside the gateway 2.11.1."""
        return f"http://127.0.0.1:{self.control_port}"

    @property
    def gateway1_url(self) -> str:
        """The address of the gateway 1.7.1, without a slash at its end."""
        return f"http://127.0.0.1:{self.gateway1_port}"

    @property
    def control1_url(self) -> str:
        """The address of the control server beside the gateway 1.7.1."""
        return f"http://127.0.0.1:{self.control1_port}"

    def for_tests(self, generations: Collection[int]) -> dict[str, str]:
        """The variables by which a test finds the gateways.

        Args:
            generations: Which gateways there are.
        """
        variables: dict[str, str] = {}
        if 2 in generations:
            variables |= {
                "TGPROTO_GATEWAY_URL": self.gateway_url,
                "TGPROTO_GATEWAY_TOKEN": self.admin_key,
                "TGPROTO_GATEWAY_READER_TOKEN": self.reader_key,
                "TGPROTO_GATEWAY_CONTROL": self.control_url,
            }
        if 1 in generations:
            variables |= {
                "TGPROTO_GATEWAY_1_URL": self.gateway1_url,
                "TGPROTO_GATEWAY_1_TOKEN": self.token1,
                "TGPROTO_GATEWAY_1_CONTROL": self.control1_url,
            }
        return variables

    def for_generation1(self) -> dict[str, str]:
        """The variables that the gateway 1.7.1 and what surrounds it read."""
        return PYTHON | {
            "TGW1_PORT": str(self.gateway1_port),
            "TGW1_CONTROL_PORT": str(self.control1_port),
            "TGW1_TOKEN": self.token1,
            "TGW_LOGLEVEL": self.log_level,
        }

    def for_generation2(self) -> dict[str, str]:
        """The variables that the stand-ins of 2.11.1 and the gateway's wrapper read."""
        return PYTHON | {
            "TGW_CONTROL_PORT": str(self.control_port),
            "TGW_AMQP_PORT": str(self.amqp_port),
            "TGW_LOGLEVEL": self.log_level,
            "TGW_ADMIN_KEY": self.admin_key,
            "TGW_READER_KEY": self.reader_key,
            "TGW_FIX_KNOWLEDGE": "1" if self.fix_knowledge else "",
        }
