package io.hvkit.scaleio.internal.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * One request to the gateway, before anybody has logged in for it.
 *
 * @param body what is posted; nothing if it is a GET
 * @param repeat what is done if its answer is lost
 */
public record Call(String path, Optional<ObjectNode> body, Repeat repeat) {

    /** What is done if the answer is lost. */
    public enum Repeat {
        /** It changes nothing. */
        READS,
        /** It is sent again: a second time does what the first did, or is refused for the reason that it did. */
        AGAIN,
        /** It may have worked; only a look can tell. */
        ONCE
    }

    /** Returns a call that reads. */
    public static Call get(String path) {
        return new Call(path, Optional.empty(), Repeat.READS);
    }

    /** Returns a call that asks by a body. */
    public static Call query(String path, ObjectNode body) {
        return new Call(path, Optional.of(body), Repeat.READS);
    }

    /** Returns a call that may be sent again after a lost answer. */
    public static Call again(String path, ObjectNode body) {
        return new Call(path, Optional.of(body), Repeat.AGAIN);
    }

    /** Returns a call that is sent once. */
    public static Call once(String path, ObjectNode body) {
        return new Call(path, Optional.of(body), Repeat.ONCE);
    }

    /** Returns the method and the path, for people. */
    @Override
    public String toString() {
        return (body.isPresent() ? "POST " : "GET ") + path;
    }
}
