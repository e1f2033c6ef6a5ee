package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.util.Optional;

/** The backups of a domain; valid as long as the domain is. */
public final class LibvirtBackups {

    private static final int REUSE_EXTERNAL = 1;
    private static final int COMPLETED_JOB = 1;
    private static final int KEEP_COMPLETED = 2;
    private static final int OPERATION_BACKUP = 9;
    private static final int NO_JOB = 0;
    private static final int JOB_COMPLETED = 3;
    private static final int JOB_CANCELLED = 5;

    private final LibvirtLibrary library;
    private final Pointer domain;

    LibvirtBackups(LibvirtLibrary library, Pointer domain) {
        this.library = library;
        this.domain = domain;
    }

    /** How a job on a domain ended. */
    public enum End {
        SUCCEEDED,
        FAILED,
        CANCELLED
    }

    /**
     * How the last job on a domain ended, as libvirt remembers.
     *
     * @param end how
     * @param words what it says of that; empty if nothing
     * @param total how many bytes it was to copy
     */
    public record Ended(End end, String words, long total) {}

    /** Begins to write to images that exist, and a checkpoint; both or neither. */
    public void begin(String backupXml, String checkpointXml) throws LibvirtException {
        if (library.virDomainBackupBegin(domain, backupXml, checkpointXml, REUSE_EXTERNAL) < 0) {
            throw LibvirtException.last(library);
        }
    }

    /** Returns the description of the one that runs. */
    public Optional<String> running() throws LibvirtException {
        Pointer text = library.virDomainBackupGetXMLDesc(domain, 0);
        if (text == null) {
            LibvirtException why = LibvirtException.last(library);
            if (why.saysNoBackup()) {
                return Optional.empty();
            }
            throw why;
        }
        return Optional.of(Libvirt.taken(text));
    }

    /** Returns how the last job ended, if it was a backup and libvirt remembers it: not after its daemon has restarted. */
    public Optional<Ended> last() throws LibvirtException {
        IntByReference type = new IntByReference();
        PointerByReference parameters = new PointerByReference();
        IntByReference count = new IntByReference();
        if (library.virDomainGetJobStats(domain, type, parameters, count, COMPLETED_JOB | KEEP_COMPLETED) < 0) {
            throw LibvirtException.last(library);
        }
        try {
            if (type.getValue() == NO_JOB || parameters.getValue() == null) {
                return Optional.empty();
            }
            TypedValues values = TypedValues.read(parameters.getValue(), count.getValue());
            if (values.count("operation").orElse(0) != OPERATION_BACKUP) {
                return Optional.empty();
            }
            End end = switch (type.getValue()) {
                case JOB_COMPLETED -> End.SUCCEEDED;
                case JOB_CANCELLED -> End.CANCELLED;
                default -> End.FAILED;
            };
            return Optional.of(new Ended(
                    end,
                    values.text("errmsg").orElse(""),
                    values.count("disk_total").orElse(0)));
        } finally {
            library.virTypedParamsFree(parameters.getValue(), count.getValue());
        }
    }
}
