package io.hvkit.scaleio.internal.pool;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * Where a tree's migration is, as the array tells it.
 *
 * @param source the pool it comes from; nothing if it is on no way
 * @param heading the pool it goes to: its source again, once it is rolled back
 * @param reason why the array holds it up, or why it came to nothing
 */
record TreeState(Status status, Optional<String> source, Optional<String> heading, Optional<String> reason) {

    /** The array's words, as far as they differ for us. */
    enum Status {
        /** It is on no way. */
        SETTLED("settled"),
        /** Its turn has not come. */
        WAITING("waiting for its turn"),
        /** Data moves. */
        MOVING("moving"),
        /** The array itself lets it rest, and goes on with it by itself. */
        HELD_UP("held up by the array"),
        /** It will rest. */
        PAUSING("about to rest"),
        /** It rests until somebody says otherwise. */
        PAUSED("resting");

        private final String words;

        Status(String words) {
            this.words = words;
        }
    }

    static TreeState of(JsonNode tree) {
        JsonNode told = tree.path("vtreeMigrationInfo");
        return new TreeState(
                status(told.path("migrationStatus").asText("")),
                text(told, "sourceStoragePoolId"),
                text(told, "destinationStoragePoolId"),
                text(told, "migrationPauseReason"));
    }

    /** A word that is not known is no end. */
    private static Status status(String word) {
        return switch (word) {
            case "NotInMigration", "None", "", "null" -> Status.SETTLED;
            case "PendingMigration" -> Status.WAITING;
            case "PendingRetry", "PendingRebalance", "InternalPausing" -> Status.HELD_UP;
            case "GracefullyPausing", "ForcefullyPausing" -> Status.PAUSING;
            case "Paused" -> Status.PAUSED;
            default -> Status.MOVING;
        };
    }

    private static Optional<String> text(JsonNode node, String field) {
        return Optional.ofNullable(node.path(field).asText(null))
                .filter(text -> !text.isEmpty() && !text.equals("null"));
    }

    boolean isOnTheWay() {
        return status != Status.SETTLED;
    }

    boolean isHeadingFor(String pool) {
        return heading.filter(pool::equals).isPresent();
    }

    /** Returns it for people. */
    String words() {
        String turned = isOnTheWay() && source.isPresent() && source.equals(heading) ? "back to where it was: " : "";
        return turned + status.words + reason.map(told -> " (" + told + ")").orElse("");
    }
}
