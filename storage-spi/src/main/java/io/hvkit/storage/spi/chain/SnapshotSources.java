package io.hvkit.storage.spi.chain;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where a snapshot can be read from: every copy of it, the best first, those that cannot be used last, each with what was seen.
 *
 * @param snapshot the snapshot
 * @param ranked all its copies
 */
@Incubating(since = "0.1")
public record SnapshotSources(SnapshotId snapshot, List<RankedSource> ranked) {

    /** Copies the list. */
    public SnapshotSources {
        ranked = List.copyOf(ranked);
    }

    /** Returns the best copy, or nothing if none can be used. */
    public Optional<RankedSource> best() {
        return ranked.stream().filter(RankedSource::isFit).findFirst();
    }

    /**
     * Returns the best copy.
     *
     * @throws DriverException if none can be used, with the reason of each: {@code UNREACHABLE} if one waits for its store,
     *     {@code OPERATION_PENDING} if one is being written, {@code CORRUPT_DATA} if one is unusable, else {@code NOT_FOUND}
     */
    public RankedSource requireBest() {
        return best().orElseThrow(() -> DriverException.because(failure())
                .effect(Effect.NOT_APPLIED)
                .message("snapshot %s cannot be read: %s; nothing was begun", snapshot, words()));
    }

    private String words() {
        return ranked.isEmpty()
                ? "there is no copy of it"
                : ranked.stream().map(RankedSource::toString).collect(Collectors.joining("; "));
    }

    private Failure failure() {
        if (isSeen(Reason.Why.STORE_DOWN)) {
            return Failure.UNREACHABLE;
        }
        if (isSeen(Reason.Why.COPY_UNFINISHED)) {
            return Failure.OPERATION_PENDING;
        }
        return isSeen(Reason.Why.COPY_UNUSABLE) ? Failure.CORRUPT_DATA : Failure.NOT_FOUND;
    }

    private boolean isSeen(Reason.Why why) {
        return ranked.stream().anyMatch(source -> source.reasons().stream().allMatch(reason -> reason.why() == why));
    }
}
