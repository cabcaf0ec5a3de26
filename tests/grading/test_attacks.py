"""Dishonest submissions: none may pass, harm the grader or hang it. Each stands for a class of known attacks on graders."""

from __future__ import annotations

import textwrap

import msgspec
import pytest

from tests.conftest import QUICK

# Every attack defines dpo_loss; `honest` below shows that the same frame without the trick can pass.
HONEST_BODY = """
import torch
import torch.nn.functional as F

def honest(pc, pr, rc, rr, beta=0.1, label_smoothing=0.0):
    if beta <= 0 or not 0 <= label_smoothing < 0.5:
        raise ValueError
    pc, pr, rc, rr = (t.float() if t.dtype in (torch.float16, torch.bfloat16) else t for t in (pc, pr, rc, rr))
    rc, rr = rc.detach(), rr.detach()
    margin = (pc - pr) - (rc - rr)
    loss = -(1 - label_smoothing) * F.logsigmoid(beta * margin) - label_smoothing * F.logsigmoid(-beta * margin)
    return loss.mean(), (beta * (pc - rc)).detach(), (beta * (pr - rr)).detach()
"""

FRAME = "def dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta=0.1, label_smoothing=0.0):\n"

ATTACKS = {
    "an object that equals everything": """
        class Yes:
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __bool__(self): return True
            def __getattr__(self, name): return Yes()
            def __call__(self, *a, **k): return Yes()
            def __sub__(self, other): return 0
            __rsub__ = __sub__
            def __abs__(self): return 0
        BODY
            return Yes(), Yes(), Yes()
        """,
    "a tensor subclass that hijacks comparisons": """
        import torch
        class Sly(torch.Tensor):
            @classmethod
            def __torch_function__(cls, func, types, args=(), kwargs=None):
                return True
        BODY
            z = torch.zeros(()).as_subclass(Sly)
            return z, z, z
        """,
    "a torch function mode left entered": """
        import torch
        from torch.overrides import TorchFunctionMode
        class Mode(TorchFunctionMode):
            def __torch_function__(self, func, types, args=(), kwargs=None):
                if getattr(func, "__name__", "") in ("allclose", "isclose", "equal", "eq", "all"):
                    return True
                return func(*args, **(kwargs or {}))
        Mode().__enter__()
        BODY
            z = torch.zeros_like(policy_chosen)
            return z.mean(), z, z
        """,
    "monkeypatched torch": """
        import torch
        torch.allclose = torch.equal = lambda *a, **k: True
        torch.testing.assert_close = lambda *a, **k: None
        torch.Tensor.__eq__ = lambda *a: torch.tensor(True)
        BODY
            z = torch.zeros_like(policy_chosen)
            return z.mean(), z, z
        """,
    "patched pytest": """
        import sys, types
        import torch
        try:
            import _pytest.reports as r
            r.TestReport.from_item_and_call = classmethod(lambda cls, item, call: None)
            import pytest
            pytest.fail = lambda *a, **k: None
        except Exception:
            pass
        BODY
            z = torch.zeros_like(policy_chosen)
            return z.mean(), z, z
        """,
    "skipping from the submission": """
        BODY
            import pytest
            pytest.skip("not today")
        """,
    "exit with status 0 during a check": """
        BODY
            import os
            os._exit(0)
        """,
    "sys.exit during a check": """
        BODY
            raise SystemExit(0)
        """,
    "a forged summary on stdout": """
        import sys
        BODY
            print("30 passed in 0.01s")
            print('{"schema":1,"verdict":"passed","passed":true,"score":100}')
            sys.stdout.flush()
            return None
        """,
    "answers written to every descriptor": """
        import os
        import torch
        def spray():
            import msgspec
            for fd in range(3, 256):
                for text in (b'{"verdict":"passed"}', b"\\x00" * 64):
                    try: os.write(fd, text)
                    except OSError: pass
        BODY
            spray()
            return None
        """,
    "the answer of the reference read from disk": """
        import glob, os
        found = []
        for root in ("/", os.path.expanduser("~"), os.getcwd(), *__import__("sys").path):
            for tail in ("solutions/*/*/reference.py", "share/drill/solutions/*/*/reference.py"):
                try: found += glob.glob(os.path.join(root, tail))
                except Exception: pass
        def steal():
            for path in found:
                try: return open(path).read()
                except Exception: pass
            raise OSError("nothing to steal")
        BODY
            namespace = {}
            exec(steal(), namespace)
            return namespace["dpo_loss"](policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta=beta,
                                         label_smoothing=label_smoothing)
        """,
    "the reference imported": """
        BODY
            import solutions.objectives.dpo_loss.reference as r
            return r.dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected)
        """,
    "the reference found in memory": """
        import gc, sys, types
        BODY
            for module in list(sys.modules.values()):
                f = getattr(module, "dpo_loss", None)
                if f is not None and f is not dpo_loss: return f(policy_chosen, policy_rejected, ref_chosen, ref_rejected)
            for o in gc.get_objects():
                if isinstance(o, types.FunctionType) and o.__name__ == "dpo_loss" and o is not dpo_loss:
                    return o(policy_chosen, policy_rejected, ref_chosen, ref_rejected)
            frame = sys._getframe()
            while frame:
                for v in frame.f_locals.values():
                    if isinstance(v, dict) and "expected" in v: return v["expected"]
                frame = frame.f_back
            return None
        """,
    "NaN everywhere": """
        import torch
        BODY
            n = policy_chosen * float("nan")
            return n.mean(), n.detach(), n.detach()
        """,
    "zeros that keep the graph": """
        import torch
        BODY
            z = policy_chosen * 0
            return z.mean(), z.detach(), z.detach()
        """,
    "one number broadcast": """
        import torch
        BODY
            return torch.tensor(0.69), torch.zeros(1), torch.zeros(1)
        """,
    "a fork that goes on alone": """
        import os
        BODY
            if os.fork() == 0:
                os.setsid()
                while True: pass
            return None
        """,
    "threads without end": """
        import threading, time
        BODY
            while True:
                threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
        """,
    "output without end": """
        BODY
            while True:
                print("spam" * 1000)
        """,
    "memory without end": """
        BODY
            keep = []
            while True: keep.append(bytearray(1 << 26))
        """,
    "a disk filled": """
        BODY
            for i in range(10000):
                with open(f"f{i}", "wb") as f: f.write(b"x" * (1 << 22))
            return None
        """,
    "an endless loop": """
        BODY
            while True: pass
        """,
    "a deadline ignored": """
        import signal, time
        for s in range(1, 65):
            try: signal.signal(s, signal.SIG_IGN)
            except (OSError, ValueError): pass
        BODY
            while True:
                try: time.sleep(1)
                except BaseException: pass
        """,
    "a segmentation fault": """
        import ctypes
        BODY
            ctypes.memset(0, 0, 1)
        """,
    "the parent killed": """
        import os, signal
        BODY
            for pid in (os.getppid(), -1, 1, 0):
                try: os.kill(pid, signal.SIGKILL)
                except OSError: pass
            return None
        """,
    "a message that explodes when shown": """
        class Bomb(Exception):
            def __str__(self): raise SystemExit("no")
            __repr__ = __str__
        BODY
            raise Bomb()
        """,
    "a huge message with control characters": """
        BODY
            raise RuntimeError("\\x1b[2J\\x1b[31m\\ud800" + "x" * 10_000_000)
        """,
    "a result as deep as a well": """
        BODY
            r = []
            for _ in range(100_000): r = [r]
            return r
        """,
    "a huge tensor": """
        import torch
        BODY
            return torch.zeros(1).expand(1 << 40), None, None
        """,
    "an int of a million digits": """
        BODY
            return 10 ** 1_000_000, 1, 1
        """,
    "frames of its own on the wire": """
        import gc, socket, struct
        BODY
            for o in gc.get_objects():
                if isinstance(o, socket.socket):
                    try: o.sendall(struct.pack("!II", 0xFFFFFFFF, 0xFFFFFFFF) + b"x" * 100)
                    except OSError: pass
            return None
        """,
    "another exception class with the right name": """
        class ValueError(Exception): pass
        BODY
            raise ValueError("beta")
        """,
}


def attack_source(text: str) -> str:
    return textwrap.dedent(text).replace("BODY\n", FRAME)


@pytest.mark.parametrize("name", ATTACKS)
def test_no_attack_passes_harms_or_hangs(grade, reference_of, name: str) -> None:
    result = grade("dpo_loss", attack_source(ATTACKS[name]))

    assert not result.passed
    assert result.verdict not in ("passed", "grader_error", "rejected")
    assert result.score is not None
    assert result.score <= 40
    assert "\x1b" not in result.output + "".join(check.message for check in result.checks)
    # The engine is as good as before.
    assert grade("dpo_loss", reference_of("dpo_loss")).verdict == "passed"


def test_the_honest_form_of_the_attacks_passes(grade) -> None:
    call = "    return honest(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta, label_smoothing)\n"

    result = grade("dpo_loss", HONEST_BODY + FRAME + call)

    assert result.verdict == "passed", [check for check in result.checks if check.outcome != "passed"]


EXPECTED_VERDICTS = {
    "exit with status 0 during a check": "crashed",
    "an endless loop": "timed_out",
    "output without end": "timed_out",
    "a deadline ignored": "timed_out",
    "memory without end": "out_of_memory",
    "a segmentation fault": "crashed",
    "NaN everywhere": "failed",
}


@pytest.mark.parametrize(("name", "verdict"), EXPECTED_VERDICTS.items())
def test_the_verdict_tells_how_it_ended(grade, name: str, verdict: str) -> None:
    # Memory takes a while to fill where other tests keep the machine busy.
    limits = msgspec.structs.replace(QUICK, check_s=10.0) if verdict == "out_of_memory" else QUICK

    assert grade("dpo_loss", attack_source(ATTACKS[name]), limits=limits).verdict == verdict
