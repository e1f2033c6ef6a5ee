package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.Map;
import java.util.Optional;

/**
 * What a task says of itself.
 *
 * @param state the API's word for it
 */
record TaskInfo(String state, Optional<Node> result, Optional<Node> error) {

    static final String[] PATHS = {"info.state", "info.result", "info.error"};

    static TaskInfo of(Map<String, Node> values) {
        return new TaskInfo(
                Optional.ofNullable(values.get("info.state")).map(Node::text).orElse(""),
                Optional.ofNullable(values.get("info.result")),
                Optional.ofNullable(values.get("info.error")));
    }

    /**
     * Asks a task.
     *
     * @throws DriverException with an effect that is not known if it does not say: however harmless a failed look is, the task goes on
     */
    static TaskInfo of(Ref task, String what, VimClient client) throws InterruptedException {
        try {
            return of(client.properties().read(task, PATHS).values());
        } catch (VimFault e) {
            throw unknown(what, Failure.UNREACHABLE, e);
        } catch (LostAnswer e) {
            throw unknown(what, Failure.UNREACHABLE, e);
        } catch (DriverException e) {
            throw unknown(what, e.failure(), e);
        }
    }

    private static DriverException unknown(String what, Failure failure, Exception cause) {
        return DriverException.because(failure)
                .effect(Effect.UNKNOWN)
                .causedBy(cause)
                .message("what became of %s is not known: %s", what, cause);
    }

    boolean hasEnded() {
        return state.equals("success") || state.equals("error");
    }

    boolean wasCancelled() {
        return error.flatMap(found -> found.at("fault"))
                .filter(fault -> fault.type().equals("RequestCanceled"))
                .isPresent();
    }

    /** Returns what came out of a task that has ended. */
    Node result(String what) throws VimFault {
        if (state.equals("success")) {
            return result.orElseGet(() -> new Node("result", "", ""));
        }
        throw VimFault.ofTask(what, error.orElseGet(() -> new Node("error", "", "")));
    }
}
