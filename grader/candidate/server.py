"""The candidate's main loop: one request, one reply, until the examiner hangs up."""

from __future__ import annotations

import contextlib
from typing import Any

from grader import protocol as p
from grader.candidate import loading
from grader.candidate.arcs import trace_arcs
from grader.candidate.calls import Executor, Outcome, RequestRefused
from grader.marshal import Decoder, Encoder, clean_text
from grader.wire import Channel, ChannelClosed

MAX_MESSAGE_CHARS = 1000


class Server:
    """Serves one submission over one channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._source = ""
        self._executor: Executor | None = None
        self._arcs: set[tuple[int, int]] = set()

    def serve(self) -> None:
        """Answer until the channel closes."""
        while True:
            try:
                request, payload = self._receive()
            except ChannelClosed:
                return
            encoder = Encoder(keep_object=lambda value: self.executor.keep(value))
            try:
                reply = self._answer(request, payload, encoder)
            except RequestRefused as refusal:
                reply, encoder = p.Refused(clean_text(str(refusal), MAX_MESSAGE_CHARS)), Encoder()
            except ChannelClosed:
                return
            except BaseException as error:  # SystemExit and KeyboardInterrupt of the submission are answers too
                reply, encoder = describe_exception(error), Encoder()
            try:
                self._channel.send(p.encode(reply), encoder.payload)
            except ChannelClosed:
                return

    @property
    def executor(self) -> Executor:
        if self._executor is None:
            raise RequestRefused("the file has not been loaded")
        return self._executor

    def _receive(self) -> tuple[p.Request, bytearray]:
        control, payload = self._channel.receive()
        return p.decode_request(control), payload

    def _answer(self, request: p.Request, payload: bytearray, encoder: Encoder) -> p.Reply:
        decoder = Decoder(payload, find_object=lambda value: self.executor.find(value), make_callback=self._callback)
        match request:
            case p.Parse(source=source):
                self._source = source
                return loading.parse(source)
            case p.Load(forbidden=forbidden, traced=traced):
                self._executor = Executor(None, forbidden)
                if traced:
                    self._arcs = trace_arcs(loading.FILE_NAME)
                with self._executor.recorder or contextlib.nullcontext():
                    self._executor.module = loading.run(self._source)
                return p.Loaded()
            case p.Inspect(signatures=signatures):
                return p.Inspected(loading.inspect_entry_points(self.executor.module, signatures))
            case p.Report():
                return p.Reported(self.executor.forbidden(), sorted(self._arcs))
            case p.Invoke():
                return self._invoke(request, decoder, encoder)
            case p.Read(target=target):
                return p.Returned(encoder.encode(self.executor.read(target)))
            case p.Write(target=target, values=values):
                self.executor.write(target, decoder.decode_all(values))
                return p.Returned(None)
            case p.Describe(target=target):
                state, parameters, training = self.executor.describe(target)
                encoded = {str(name): encoder.encode(tensor, depth=1) for name, tensor in state.items()}
                return p.Described(True, encoded, parameters, training)
            case _:
                raise RequestRefused(f"a {type(request).__name__} is not expected here")

    def _invoke(self, request: p.Invoke, decoder: Decoder, encoder: Encoder) -> p.Returned:
        cotangents = request.options.cotangents
        self.executor.prepare(request.options.device)
        outcome = self.executor.invoke(
            request.target,
            [decoder.decode(value) for value in request.args],
            decoder.decode_all(request.kwargs),
            request.options,
            None if cotangents is None else [decoder.decode(value) for value in cotangents],
        )
        return encode_outcome(outcome, encoder, self.executor.keep if request.options.keep else None)

    def _callback(self, identity: int) -> Any:
        def callback(*args: Any) -> Any:
            encoder = Encoder()
            request = p.CallbackRequest(identity, [encoder.encode(value, depth=1) for value in args])
            self._channel.send(p.encode(request), encoder.payload)
            reply, payload = self._receive()
            if not isinstance(reply, p.CallbackResult):
                raise RequestRefused("the examiner answered a callback with something else")
            if reply.error is not None:
                raise TypeError(reply.error)
            value = Decoder(payload, make_callback=self._callback).decode(reply.value)
            self.executor.watch_callback_result(value)
            return value

        return callback


def encode_outcome(outcome: Outcome, encoder: Encoder, keep: Any = None) -> p.Returned:
    gradients = None
    if outcome.gradients is not None:
        gradients = {name: encoder.encode(gradient, depth=1) for name, gradient in outcome.gradients.items()}
    return p.Returned(
        value=keep(outcome.value) if keep else encoder.encode(outcome.value),
        gradients=gradients,
        gradient_problem=outcome.gradient_problem,
        meter=outcome.meter,
        changed=outcome.changed,
        aliased=outcome.aliased,
        drew_globally=outcome.drew_globally,
        host_syncs=outcome.host_syncs,
        devices=outcome.devices,
        simulation_gap=outcome.simulation_gap,
    )


def describe_exception(error: BaseException) -> p.Raised:
    """An exception of the submission as data. Its own `__str__` may do anything, so it is not trusted to return."""
    try:
        message = clean_text(str(error), MAX_MESSAGE_CHARS)
    except BaseException:
        message = "(its message cannot be shown)"
    line, text = loading.failing_line(error)
    out_of_memory = isinstance(error, MemoryError) or "can't allocate memory" in message or "not enough memory" in message
    changed = getattr(error, "changed_inputs", [])
    return p.Raised(
        clean_text(type(error).__name__, 100),
        [clean_text(kind.__name__, 100) for kind in type(error).__mro__][:20],
        message,
        line,
        clean_text(text, 200),
        out_of_memory,
        [clean_text(str(name), 100) for name in changed][:50] if isinstance(changed, list) else [],
    )
