package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.MachineClone;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What the operator wants: clones that are full or linked, by datastore and otherwise for all, and whether hosts may copy disks for
 * several machines at once.
 */
public final class ClonePolicy {

    private enum Parallel {
        ALLOWED,
        NOT_ALLOWED
    }

    private final MachineClone.Kind usual;
    private final Map<String, MachineClone.Kind> datastores;
    private final Parallel parallel;

    private ClonePolicy(MachineClone.Kind usual, Map<String, MachineClone.Kind> datastores, Parallel parallel) {
        this.usual = usual;
        this.datastores = datastores;
        this.parallel = parallel;
    }

    /**
     * Reads the options.
     *
     * @param full {@code true} or {@code false}
     * @param fullOn {@code NAME=true} or {@code NAME=false} for some datastores, with commas between them
     * @param parallel {@code true} or {@code false}
     */
    public static ClonePolicy of(String full, String fullOn, String parallel) {
        Map<String, MachineClone.Kind> datastores = new LinkedHashMap<>();
        for (String each : fullOn.isBlank() ? new String[0] : fullOn.split(",", -1)) {
            int sign = each.lastIndexOf('=');
            String name = sign < 0 ? "" : each.substring(0, sign).strip();
            if (name.isEmpty() || datastores.put(name, kind(each.substring(sign + 1))) != null) {
                throw invalid("name each datastore once, as in fast=true,slow=false, and not as in '%s'", each);
            }
        }
        return new ClonePolicy(
                kind(full), Map.copyOf(datastores), isTrue(parallel) ? Parallel.ALLOWED : Parallel.NOT_ALLOWED);
    }

    private static MachineClone.Kind kind(String full) {
        return isTrue(full) ? MachineClone.Kind.FULL : MachineClone.Kind.LINKED;
    }

    private static boolean isTrue(String word) {
        return switch (word.strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw invalid("say true or false, not '%s'", word);
        };
    }

    private static DriverException invalid(String format, Object... arguments) {
        return DriverException.because(Failure.INVALID_REQUEST)
                .message(
                        "options vmware.create.full.clone, its .datastores, and vmware.allow.parallel.command.execution: %s",
                        String.format(Locale.ROOT, format, arguments));
    }

    /** Returns what a clone on a datastore is if its request does not say. */
    MachineClone.Kind kindOn(String datastore) {
        return datastores.getOrDefault(datastore, usual);
    }

    /** Returns whether a host does one piece of heavy work on these at a time: clones are full on one of them, wherever it comes in. */
    boolean isSequential(Collection<String> involved) {
        return parallel == Parallel.NOT_ALLOWED
                && involved.stream().anyMatch(each -> kindOn(each) == MachineClone.Kind.FULL);
    }
}
