package io.hvkit.engine.machine;

import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.core.Incubating;
import io.hvkit.engine.volume.VolumeRequest;

/**
 * A request for another root of a machine, which begins with what is on a template. Immutable.
 *
 * @param machine the machine, which is stopped
 * @param template the template
 * @param root what the new root is to be, as if it were blank; encrypted if the old one is
 * @param oldRoot what becomes of the old one
 */
@Incubating(since = "0.1")
public record ReinstallRequest(
        RecordId<MachineRecord> machine, RecordId<TemplateRecord> template, VolumeRequest root, OldRoot oldRoot) {

    /** What becomes of the old root once the machine has the new one. */
    public enum OldRoot {
        /** It is deleted, and its key is retired. */
        DELETED,
        /** It is a volume of no machine. */
        KEPT
    }

    /** Returns a request after which the old root is deleted. */
    public static ReinstallRequest of(
            RecordId<MachineRecord> machine, RecordId<TemplateRecord> template, VolumeRequest root) {
        return new ReinstallRequest(machine, template, root, OldRoot.DELETED);
    }

    /** Returns this request, after which the old root is kept. */
    public ReinstallRequest keepingTheOldRoot() {
        return new ReinstallRequest(machine, template, root, OldRoot.KEPT);
    }
}
