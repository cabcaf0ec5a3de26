"""Two ways to a subject: over the wire to the candidate, or straight into this process for the reference."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, Protocol

import msgspec
import torch

from grader import protocol as p
from grader.candidate.calls import Cotangents, Executor, Outcome
from grader.examiner.failures import CandidateEnded, CheckFailed, SubmissionRaised
from grader.marshal import Decoder, Encoder, Unmarshallable
from grader.wire import Channel, ChannelClosed, ChannelTimeout, FrameRefused


class Transport(Protocol):
    """Everything that can be asked of a subject."""

    def invoke(
        self, target: p.Target, args: Sequence[Any], kwargs: Mapping[str, Any], options: p.CallOptions,
        cotangents: Cotangents | None, called: str,
    ) -> Outcome: ...  # fmt: skip

    def read(self, target: p.Target, called: str) -> Any: ...

    def write(self, target: p.Target, values: Mapping[str, torch.Tensor]) -> None: ...

    def describe(self, target: p.Target) -> tuple[dict[str, Any], dict[str, bool], bool]: ...


class RemoteTransport:
    """Asks the candidate, within a limit on the wall-clock time that one check may wait for it."""

    def __init__(self, channel: Channel, check_limit_s: float, total_limit_s: float) -> None:
        self._channel = channel
        self._check_limit_s = check_limit_s
        self._remaining_s = check_limit_s
        self._total_remaining_s = total_limit_s
        self.ended: CandidateEnded | None = None

    def start_check(self) -> None:
        self._remaining_s = self._check_limit_s

    def post(self, request: p.Request) -> None:
        """Send without waiting: the candidate works while the examiner does. `collect` takes the answers in order."""
        try:
            self._channel.send(p.encode(request))
        except ChannelClosed:
            self.ended = CandidateEnded("crashed", "the process that runs the submission ended")

    def collect(self, limit_s: float) -> p.Reply:
        """The next answer to a posted request."""
        self._remaining_s = limit_s
        return self._exchange(None, (), ())[0]

    def request(
        self, request: p.Request, payload: Sequence[bytes] = (), callbacks: Sequence[Any] = ()
    ) -> tuple[p.Reply, bytearray]:
        """Send, serve callbacks, and return (reply, payload). Raises CandidateEnded when no answer comes."""
        return self._exchange(request, payload, callbacks)

    def _exchange(
        self, request: p.Request | None, payload: Sequence[bytes], callbacks: Sequence[Any]
    ) -> tuple[p.Reply, bytearray]:
        if self.ended is not None:
            raise self.ended
        try:
            if request is not None:
                self._channel.send(p.encode(request), payload)
            while True:
                control, answer = self._receive()
                reply = p.decode_reply(control)
                if not isinstance(reply, p.CallbackRequest):
                    return reply, answer
                self._serve_callback(reply, answer, callbacks)
        except ChannelTimeout:
            total = self._total_remaining_s <= 0
            self._end("timed_out", "took too long" + (" over all checks together" if total else ""))
        except ChannelClosed:
            self._end("crashed", "the process that runs the submission ended")
        except (FrameRefused, msgspec.MsgspecError, Unmarshallable, RecursionError) as error:
            self._end("crashed", f"the process that runs the submission sent something unreadable ({error})")

    def _receive(self) -> tuple[bytes, bytearray]:
        limit_s = min(self._remaining_s, self._total_remaining_s)
        started_s = time.monotonic()
        try:
            return self._channel.receive(max(0.0, limit_s))
        finally:
            waited_s = time.monotonic() - started_s
            self._remaining_s -= waited_s
            self._total_remaining_s -= waited_s

    def _end(self, verdict: str, message: str) -> NoReturn:
        self.ended = CandidateEnded(verdict, message)
        raise self.ended

    def _serve_callback(self, request: p.CallbackRequest, payload: bytearray, callbacks: Sequence[Any]) -> None:
        encoder = Encoder(keep_callback=lambda function: 0)
        try:
            if not 0 <= request.identity < len(callbacks):
                raise CheckFailed("there is no such callback")
            args = [Decoder(payload).decode(value) for value in request.args]
            result = p.CallbackResult(encoder.encode(callbacks[request.identity](*args)))
        except CheckFailed as failure:
            # The callback was called with what the contract does not allow: the submission sees a TypeError.
            result, encoder = p.CallbackResult(None, str(failure)), Encoder()
        self._channel.send(p.encode(result), encoder.payload)

    def invoke(
        self, target: p.Target, args: Sequence[Any], kwargs: Mapping[str, Any], options: p.CallOptions,
        cotangents: Cotangents | None, called: str,
    ) -> Outcome:  # fmt: skip
        callbacks: list[Any] = []

        def keep_callback(function: Callable[..., Any]) -> int:
            callbacks.append(function)
            return len(callbacks) - 1

        encoder = Encoder(keep_callback=keep_callback)
        encoded_args = [encoder.encode(value) for value in args]
        encoded_kwargs = {name: encoder.encode(value) for name, value in kwargs.items()}
        if cotangents is not None:
            if callable(cotangents):
                raise TypeError("cotangents for a submission are drawn before its result is known")
            options = msgspec.structs.replace(options, cotangents=[encoder.encode(value) for value in cotangents])
        reply, payload = self.request(
            p.Invoke(target, encoded_args, encoded_kwargs, options), encoder.payload, callbacks
        )  # fmt: skip
        returned = self._returned(reply, called)
        decoder = Decoder(payload)
        try:
            return Outcome(
                value=decoder.decode(returned.value),
                gradients=None if returned.gradients is None else decoder.decode_all(returned.gradients),
                gradient_problem=returned.gradient_problem,
                meter=returned.meter,
                changed=returned.changed,
                aliased=returned.aliased,
                drew_globally=returned.drew_globally,
                host_syncs=returned.host_syncs,
                devices=returned.devices,
                simulation_gap=returned.simulation_gap,
            )
        except Unmarshallable as error:
            raise CheckFailed(f"answered with something unreadable: {error}") from error

    def read(self, target: p.Target, called: str) -> Any:
        reply, payload = self.request(p.Read(target))
        return Decoder(payload).decode(self._returned(reply, called).value)

    def write(self, target: p.Target, values: Mapping[str, torch.Tensor]) -> None:
        encoder = Encoder()
        encoded = {name: encoder.encode(value) for name, value in values.items()}
        reply, _ = self.request(p.Write(target, encoded), encoder.payload)
        self._returned(reply, "write")

    def describe(self, target: p.Target) -> tuple[dict[str, Any], dict[str, bool], bool]:
        reply, payload = self.request(p.Describe(target))
        if isinstance(reply, p.Described):
            return Decoder(payload).decode_all(reply.state), reply.parameters, reply.training
        self._returned(reply, "state_dict")
        raise CheckFailed("did not describe its state")

    def _returned(self, reply: p.Reply, called: str) -> p.Returned:
        match reply:
            case p.Returned():
                return reply
            case p.Raised():
                if reply.out_of_memory:
                    self._end("out_of_memory", SubmissionRaised(reply, called).args[0])
                raise SubmissionRaised(reply, called)
            case p.Refused(message=message):
                raise CheckFailed(message)
            case _:
                raise CheckFailed("answered with something else than a result")


class LocalTransport:
    """Calls the reference in this process, on copies of the inputs."""

    def __init__(self, module: Any) -> None:
        self._executor = Executor(module, observing=False)

    def invoke(
        self, target: p.Target, args: Sequence[Any], kwargs: Mapping[str, Any], options: p.CallOptions,
        cotangents: Cotangents | None, called: str,
    ) -> Outcome:  # fmt: skip
        outcome = self._executor.invoke(
            target, [self._own(value) for value in args], {name: self._own(value) for name, value in kwargs.items()},
            options, cotangents,
        )  # fmt: skip
        if options.keep or not isinstance(outcome.value, PLAIN):
            outcome.value = self._executor.keep(outcome.value)
        return outcome

    def read(self, target: p.Target, called: str) -> Any:
        return self._executor.read(target)

    def write(self, target: p.Target, values: Mapping[str, torch.Tensor]) -> None:
        self._executor.write(target, values)

    def describe(self, target: p.Target) -> tuple[dict[str, Any], dict[str, bool], bool]:
        state, parameters, training = self._executor.describe(target)
        return {name: tensor.detach().clone() for name, tensor in state.items()}, parameters, training

    def _own(self, value: Any) -> Any:
        match value:
            case torch.Tensor():
                return value.detach().clone().requires_grad_(value.requires_grad)
            case p.ObjectValue():
                return self._executor.find(value)
            case p.GeneratorValue(seed=seed):
                return torch.Generator().manual_seed(seed)
            case p.DeviceValue(name=name):
                return torch.device(name)
            case list() | tuple():
                return type(value)(self._own(item) for item in value)
            case dict():
                return {key: self._own(item) for key, item in value.items()}
            case _:
                return value


PLAIN = (type(None), bool, int, float, str, list, tuple, dict, torch.Tensor, p.MethodValue)
