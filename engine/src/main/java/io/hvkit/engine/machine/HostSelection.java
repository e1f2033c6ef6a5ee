package io.hvkit.engine.machine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.engine.machine.HostRejection.Reason;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An answer: the hosts that can run a machine, best first, and all that speaks against each other host of the zone. Never without a reason.
 *
 * @param machine the machine's name
 * @param qualified the hosts that qualify; those with the most free memory first, and those that do not tell last
 * @param rejected the others, by name
 */
@Incubating(since = "0.1")
public record HostSelection(String machine, List<Choice> qualified, List<Rejected> rejected) {

    /**
     * A host that qualifies.
     *
     * @param host the host
     * @param name what people call it
     * @param why what gave it its place in the order, for people
     */
    public record Choice(RecordId<HostRecord> host, String name, String why) {}

    /**
     * A host that does not qualify.
     *
     * @param host the host
     * @param name what people call it
     * @param reasons what speaks against it, at least one thing
     */
    public record Rejected(RecordId<HostRecord> host, String name, List<HostRejection> reasons) {

        /** Copies the list. */
        public Rejected {
            reasons = List.copyOf(reasons);
        }

        private boolean isOnlyFor(Set<Reason> some) {
            return reasons.stream().map(HostRejection::reason).allMatch(some::contains);
        }

        @Override
        public String toString() {
            return name + ": " + reasons.stream().map(HostRejection::detail).collect(Collectors.joining(", "));
        }
    }

    private static final Set<Reason> SILENCE = EnumSet.of(Reason.NOT_UP, Reason.NO_ANSWER);
    private static final Set<Reason> OUT_OF_THE_QUESTION = EnumSet.of(Reason.EXCLUDED, Reason.OUT_OF_REACH);
    private static final Set<Reason> INABILITY = EnumSet.of(Reason.NO_ENCRYPTION, Reason.LACKS_FEATURE);

    /** Copies the lists. */
    public HostSelection {
        qualified = List.copyOf(qualified);
        rejected = List.copyOf(rejected);
    }

    /** Returns the best host, if one qualifies. */
    public Optional<RecordId<HostRecord>> chosen() {
        return qualified.stream().findFirst().map(Choice::host);
    }

    /** Returns what speaks against a host; nothing if it qualifies or was no candidate. */
    public List<HostRejection> against(RecordId<HostRecord> host) {
        return rejected.stream()
                .filter(candidate -> candidate.host.equals(host))
                .flatMap(candidate -> candidate.reasons.stream())
                .toList();
    }

    /**
     * Returns the best host.
     *
     * @throws DriverException naming everything that speaks against each host: with {@code UNREACHABLE} if one may qualify once it
     *     answers; else with {@code UNSUPPORTED} if nothing but what hypervisors can do is in the way; else with {@code EXHAUSTED}
     */
    public RecordId<HostRecord> orThrow() {
        return chosen().orElseThrow(this::none);
    }

    private DriverException none() {
        List<Rejected> inQuestion = rejected.stream()
                .filter(host ->
                        host.reasons.stream().map(HostRejection::reason).noneMatch(OUT_OF_THE_QUESTION::contains))
                .toList();
        Failure failure = Failure.EXHAUSTED;
        if (inQuestion.stream().anyMatch(host -> host.isOnlyFor(SILENCE))) {
            failure = Failure.UNREACHABLE;
        } else if (!inQuestion.isEmpty() && inQuestion.stream().allMatch(host -> host.isOnlyFor(INABILITY))) {
            failure = Failure.UNSUPPORTED;
        }
        return DriverException.because(failure)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "no host can run machine %s: %s",
                        machine,
                        rejected.isEmpty()
                                ? "its zone has none"
                                : rejected.stream().map(Rejected::toString).collect(Collectors.joining("; ")));
    }

    /** Returns one line for each host, best first. */
    public String explain() {
        Stream<String> best = qualified.stream().limit(1).map(host -> host.name + ": chosen, " + host.why);
        Stream<String> others = qualified.stream().skip(1).map(host -> host.name + ": qualifies too, " + host.why);
        return Stream.of(best, others, rejected.stream().map(Rejected::toString))
                .flatMap(lines -> lines)
                .collect(Collectors.joining("\n", "", "\n"));
    }
}
