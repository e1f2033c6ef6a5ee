package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Incubating;
import io.hvkit.storage.spi.Rejection.Reason;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An answer: the hosts that qualify, best first, and all that speaks against each other candidate. Never without a reason.
 *
 * @param query what was asked
 * @param qualified the hosts that qualify, best first
 * @param rejections what speaks against each other host that came into question or was named
 * @param seed what decided between equals; the same facts, question and seed give the same answer
 */
@Incubating(since = "0.1")
public record Selection(
        EndPointQuery query, List<HostId> qualified, Map<HostId, List<Rejection>> rejections, long seed) {

    /** Copies the lists. */
    public Selection {
        qualified = List.copyOf(qualified);
        TreeMap<HostId, List<Rejection>> copy =
                new TreeMap<>((one, other) -> one.value().compareTo(other.value()));
        rejections.forEach((host, reasons) -> copy.put(host, List.copyOf(reasons)));
        rejections = Collections.unmodifiableMap(copy);
    }

    /** Returns the best host, if one qualifies. */
    public Optional<HostId> chosen() {
        return qualified.stream().findFirst();
    }

    /**
     * Returns the best host.
     *
     * @throws DriverException with {@code EXHAUSTED}, naming everything that speaks against each host; if nothing but features
     *     is missing, {@code HOST_NOT_READY}, naming them
     */
    public HostId orThrow() {
        return chosen().orElseThrow(this::nobody);
    }

    private DriverException nobody() {
        TreeSet<Reason> reasons = rejections.values().stream()
                .flatMap(List::stream)
                .map(Rejection::reason)
                .collect(Collectors.toCollection(TreeSet::new));
        reasons.removeAll(List.of(Reason.LACKS_FEATURE, Reason.FEATURE_UNKNOWN));
        if (reasons.isEmpty() && !rejections.isEmpty()) {
            return DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "no host has all of %s, and nothing else is wrong with them; install what is missing: %s",
                            query.needs(), against());
        }
        return DriverException.because(Failure.EXHAUSTED)
                .message(
                        "no host qualifies for %s: %s",
                        query, rejections.isEmpty() ? "none comes into question" : against());
    }

    private String against() {
        return rejections.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + words(entry.getValue()))
                .collect(Collectors.joining("; "));
    }

    /** Returns one line for each host, best first, and one with the seed. */
    public String explain() {
        Stream<String> best = chosen().stream().map(host -> host + ": chosen");
        Stream<String> others = qualified.stream().skip(1).map(host -> host + ": qualifies too");
        Stream<String> rejected =
                rejections.entrySet().stream().map(entry -> entry.getKey() + ": " + words(entry.getValue()));
        return Stream.of(best, others, rejected, Stream.of("seed " + seed))
                .flatMap(lines -> lines)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static String words(List<Rejection> reasons) {
        return reasons.stream().map(Rejection::toString).collect(Collectors.joining(", "));
    }
}
