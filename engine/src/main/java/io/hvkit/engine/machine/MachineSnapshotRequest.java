package io.hvkit.engine.machine;

import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Incubating;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A request to freeze what a machine has on its disks at one moment; what it writes from then on goes to overlays. Immutable.
 *
 * @param machine the machine, which runs
 * @param name what the moment is called, unique for the machine: 1 to 64 letters, digits, dots, dashes and underscores, with a letter or digit
 *     first
 * @param folder where the machine's host has room for the overlays: there is one file for each disk, which grows up to the size of that. A
 *     machine that is to start on another host needs them there, too
 * @param leftOut the disks that go on as they are
 */
@Incubating(since = "0.1")
public record MachineSnapshotRequest(
        RecordId<MachineRecord> machine, String name, Path folder, Set<RecordId<VolumeRecord>> leftOut) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /**
     * Checks the name and the folder.
     *
     * @throws IllegalArgumentException if one is not as it must be
     */
    public MachineSnapshotRequest {
        leftOut = Set.copyOf(leftOut);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a snapshot's name is 1 to 64 letters, digits, dots, dashes and underscores, and begins"
                            + " with a letter or digit, not '" + name + "'");
        }
        if (!folder.isAbsolute()) {
            throw new IllegalArgumentException(
                    "the folder of overlays is an absolute path on the host, not '" + folder + "'");
        }
    }

    /** Returns a request for all disks of a machine. */
    public static MachineSnapshotRequest of(RecordId<MachineRecord> machine, String name, Path folder) {
        return new MachineSnapshotRequest(machine, name, folder, Set.of());
    }

    /** Returns this request without a disk. */
    public MachineSnapshotRequest leavingOut(RecordId<VolumeRecord> disk) {
        Set<RecordId<VolumeRecord>> more = new HashSet<>(leftOut);
        more.add(disk);
        return new MachineSnapshotRequest(machine, name, folder, more);
    }
}
