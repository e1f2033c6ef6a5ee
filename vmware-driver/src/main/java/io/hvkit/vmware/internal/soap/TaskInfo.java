package io.hvkit.vmware.internal.soap;

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
