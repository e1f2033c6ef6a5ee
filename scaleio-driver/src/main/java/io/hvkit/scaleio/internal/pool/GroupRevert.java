package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Brings several volumes back, all or none, though the array does one at a time: what they are now is kept in snapshots of one moment
 * until each is seen to be done, and whatever goes wrong before, each volume that may have been touched is made what it was.
 */
final class GroupRevert {

    private static final System.Logger LOG = System.getLogger(GroupRevert.class.getName());
    private static final String MARK = "r!";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ArrayCalls calls;

    GroupRevert(ArrayCalls calls) {
        this.calls = calls;
    }

    /** A volume, and the snapshot that it is to become. */
    record Step(ArrayVolume snapshot, ArrayVolume volume) {}

    void run(Collection<Step> steps) throws InterruptedException {
        List<String> old = leftOver(steps);
        Map<Step, String> safety = keep(steps);
        List<Step> touched = new ArrayList<>();
        try {
            for (Step step : steps) {
                touched.add(step);
                calls.overwrite(step.volume.id(), step.snapshot.id());
            }
            for (Step step : steps) {
                requireDone(step);
            }
        } catch (DriverException e) {
            throw undone(touched, safety, e);
        } catch (InterruptedException | RuntimeException e) {
            undone(touched, safety, e);
            throw e;
        }
        old.addAll(safety.values());
        drop(old);
    }

    /** What an earlier revert left that was cut short: of no use once this one is done. */
    private List<String> leftOver(Collection<Step> steps) throws InterruptedException {
        List<String> left = new ArrayList<>();
        for (Step step : steps) {
            left.addAll(of(step.volume));
        }
        return left;
    }

    private List<String> of(ArrayVolume volume) throws InterruptedException {
        String mark = MARK + Names.shortened(volume.id());
        return calls.ofTree(volume.place().tree()).stream()
                .filter(one -> one.name().startsWith(mark))
                .map(ArrayVolume::id)
                .toList();
    }

    /** Removes what was kept of a volume that is to go. */
    void forget(ArrayVolume volume) throws InterruptedException {
        for (String one : of(volume)) {
            calls.remove(one);
        }
    }

    /** Each is found by its name, which bears the volume's id. */
    private Map<Step, String> keep(Collection<Step> steps) throws InterruptedException {
        byte[] random = new byte[6];
        RANDOM.nextBytes(random);
        String attempt = HexFormat.of().formatHex(random);
        Map<String, String> wanted = new LinkedHashMap<>();
        Map<Step, String> names = new LinkedHashMap<>();
        for (Step step : steps) {
            String name = MARK + Names.shortened(step.volume.id()) + attempt;
            wanted.put(name, step.volume.id());
            names.put(step, name);
        }
        calls.snapshot(wanted);
        Map<Step, String> kept = new LinkedHashMap<>();
        for (Map.Entry<Step, String> one : names.entrySet()) {
            Optional<ArrayVolume> found = calls.named(one.getValue());
            kept.put(
                    one.getKey(),
                    found.orElseThrow(() -> ArrayCalls.notSeen(one.getValue())).id());
        }
        return kept;
    }

    private void requireDone(Step step) throws InterruptedException {
        Optional<ArrayVolume> volume = calls.volume(step.volume.id());
        boolean done = volume.filter(one -> one.size().equals(step.snapshot.size()))
                .filter(one -> one.place().equals(step.volume.place()))
                .filter(one -> one.mappings().isEmpty())
                .isPresent();
        if (!done) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .message(
                            "volume %s was brought back and is not as it was then: %s",
                            step.volume.id(), volume.map(ArrayVolume::toString).orElse("gone"));
        }
    }

    /** Makes all that may have been touched what it was, and returns what to say. */
    private DriverException undone(List<Step> touched, Map<Step, String> safety, Exception cause)
            throws InterruptedException {
        for (Step step : touched) {
            try {
                calls.overwrite(step.volume.id(), String.valueOf(safety.get(step)));
            } catch (DriverException e) {
                cause.addSuppressed(e);
                LOG.log(
                        System.Logger.Level.WARNING,
                        "volume {0} was to be brought back with others, and is neither what it was nor surely what it was to"
                                + " be; its state before is kept in volume {1} of the array",
                        step.volume.id(),
                        safety.get(step));
                return failed(
                        cause, Effect.UNKNOWN, "some may have changed; what they were is kept in " + safety.values());
            }
        }
        if (mayYetCome(cause)) {
            return failed(
                    cause,
                    Effect.UNKNOWN,
                    "all are as they were, unless the array still does what it did not answer; what they were is kept in "
                            + safety.values());
        }
        drop(safety.values());
        return failed(cause, Effect.NOT_APPLIED, "all are as they were");
    }

    /** A call that nobody waits for any more may be carried out after all that was done since. */
    private static boolean mayYetCome(Exception cause) {
        return !(cause instanceof DriverException known) || known.effect() == Effect.UNKNOWN;
    }

    private static DriverException failed(Exception cause, Effect effect, String now) {
        Failure failure = cause instanceof DriverException known ? known.failure() : Failure.DEFECT;
        return DriverException.because(failure)
                .effect(effect)
                .causedBy(cause)
                .message("not all volumes could be brought back, %s: %s", now, String.valueOf(cause.getMessage()));
    }

    /** What is left is a warning: the volumes are as they are to be. */
    private void drop(Collection<String> snapshots) throws InterruptedException {
        for (String snapshot : snapshots) {
            try {
                calls.remove(snapshot);
            } catch (DriverException e) {
                LOG.log(System.Logger.Level.WARNING, "snapshot " + snapshot + " of a revert that has ended is left", e);
            }
        }
    }
}
