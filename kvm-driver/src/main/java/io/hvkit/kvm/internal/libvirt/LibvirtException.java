package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Pointer;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What libvirt said of a call that failed; turned into a {@link DriverException} at the edge of this package. */
public final class LibvirtException extends Exception {

    private static final long serialVersionUID = 1L;

    // virErrorNumber and virErrorDomain of libvirt/virterror.h
    static final int NO_DOMAIN = 42;
    static final int NO_SECRET = 66;
    static final int BLOCK_COPY_ACTIVE = 83;
    private static final int NO_SUPPORT = 3;
    private static final int INVALID_ARG = 8;
    private static final int OPERATION_FAILED = 9;
    private static final int XML_ERROR = 27;
    private static final int SYSTEM_ERROR = 38;
    private static final int AUTH_FAILED = 45;
    private static final int OPERATION_INVALID = 55;
    private static final int CONFIG_UNSUPPORTED = 67;
    private static final int OPERATION_TIMEOUT = 68;
    private static final int OPERATION_ABORTED = 78;
    private static final int MIGRATE_UNSAFE = 81;
    private static final int OPERATION_UNSUPPORTED = 84;
    private static final int AGENT_UNRESPONSIVE = 86;
    private static final int RESOURCE_BUSY = 87;
    private static final int NO_CHECKPOINT = 103;
    private static final int NO_BACKUP = 104;
    private static final int CPU_INCOMPATIBLE = 91;
    private static final int AGENT_UNSYNCED = 97;
    private static final int FROM_RPC = 7;
    private static final int FROM_REMOTE = 13;
    private static final int ENOENT = 2;
    private static final int ENOSPC = 28;
    private static final int ERANGE = 34;

    private final int code;
    private final int domain;
    private final int errno;
    private final Stage stage;

    private enum Stage {
        /** The work had begun. */
        WORKING,
        /** There was no connection to begin with. */
        CONNECTING
    }

    private LibvirtException(int code, int domain, int errno, String message) {
        super(message);
        this.code = code;
        this.domain = domain;
        this.errno = errno;
        this.stage = Stage.WORKING;
    }

    private LibvirtException(LibvirtException cause) {
        super(cause.getMessage(), cause);
        this.code = cause.code;
        this.domain = cause.domain;
        this.errno = cause.errno;
        this.stage = Stage.CONNECTING;
    }

    /** Returns this as the failure of a connection that was to be made first: nothing was done on it. */
    LibvirtException whileConnecting() {
        return new LibvirtException(this);
    }

    /** Returns the failure of one who was interrupted while there was no connection. */
    public static LibvirtException interrupted() {
        return new LibvirtException(OPERATION_ABORTED, FROM_REMOTE, 0, "interrupted while connecting")
                .whileConnecting();
    }

    /** Returns the last error of this thread; libvirt keeps one for each. */
    static LibvirtException last(LibvirtLibrary library) {
        Pointer record = library.virGetLastError();
        if (record == null) {
            return new LibvirtException(0, 0, 0, "libvirt failed without saying why");
        }
        LibvirtLibrary.ErrorRecord error = new LibvirtLibrary.ErrorRecord(record);
        return new LibvirtException(error.code, error.domain, error.int1, text(error.message));
    }

    /** Returns whether the thing asked for is not there, as opposed to a call that went wrong. */
    public boolean saysAbsent() {
        return code == NO_DOMAIN || code == NO_SECRET;
    }

    /** Returns whether a domain may not have been started because there is one of that name, or it was running. */
    public boolean saysExists() {
        return code == OPERATION_FAILED || code == OPERATION_INVALID;
    }

    /** Returns whether a guest was asked to let a device go before, and has not done so yet. */
    public boolean saysUnplugging() {
        return Optional.ofNullable(getMessage()).orElse("").contains("in the process of unplug");
    }

    /** Returns whether a call does not fit what the domain does now, such as an end of a job that is not there. */
    public boolean saysNotNow() {
        return code == OPERATION_INVALID;
    }

    /** Returns whether the host has no answer, but another one does: a domain that arrives is led by the host that it left. */
    public boolean saysElsewhere() {
        return code == OPERATION_UNSUPPORTED;
    }

    /** Returns whether there is no checkpoint of that name. */
    public boolean saysNoCheckpoint() {
        return code == NO_CHECKPOINT;
    }

    /** Returns whether checkpoints could not be listed since one of them went meanwhile. */
    public boolean saysTornList() {
        return saysNoCheckpoint()
                || Optional.ofNullable(getMessage()).orElse("").contains("virGetDomainCheckpoint");
    }

    /** Returns whether no backup runs. */
    public boolean saysNoBackup() {
        return code == NO_BACKUP;
    }

    /** Returns whether there is a checkpoint of that name already, or a disk has a bitmap of it. */
    public boolean saysCheckpointExists() {
        return saysBitmapExists() || words().contains("already exists");
    }

    /** Returns whether a disk has a bitmap of that name already. */
    public boolean saysBitmapExists() {
        return Optional.ofNullable(getMessage()).orElse("").contains("Bitmap already exists");
    }

    /** Returns whether a disk has no bitmap of that name. */
    public boolean saysBitmapMissing() {
        return Optional.ofNullable(getMessage()).orElse("").contains("not found in backing chain");
    }

    /** Returns whether the agent in the guest does not answer, or answers nonsense, or without end. */
    public boolean saysAgentSilent() {
        return code == AGENT_UNRESPONSIVE
                || code == AGENT_UNSYNCED
                || (code == SYSTEM_ERROR && errno == ERANGE)
                || words().contains("cannot parse json");
    }

    /** Returns what to say of an agent whose answer libvirt takes and nobody understands. */
    public static LibvirtException noAnswer(String message) {
        return new LibvirtException(AGENT_UNRESPONSIVE, 0, 0, message);
    }

    /** Returns whether the agent in the guest answered that it cannot, or may not. */
    public boolean saysAgentRefuses() {
        return Optional.ofNullable(getMessage()).orElse("").contains("unable to execute QEMU agent command");
    }

    /** Returns whether it may not for now, such as while its guest is frozen, or never. */
    public boolean saysAgentDisabled() {
        return saysAgentRefuses()
                && Optional.ofNullable(getMessage()).orElse("").contains("has been disabled");
    }

    /** Returns whether a copy was asked to pivot before it was complete. */
    public boolean saysNotReady() {
        return code == BLOCK_COPY_ACTIVE;
    }

    /** Returns whether the daemon does not answer, or stopped answering in the middle. */
    public boolean saysUnreachable() {
        return domain == FROM_RPC || domain == FROM_REMOTE;
    }

    /**
     * Returns this as the failure of {@code task}.
     *
     * @param task what was being done, such as {@code start machine web-01}
     */
    public DriverException asFailureOf(String task) {
        Failure failure = failure();
        DriverException.Draft draft =
                DriverException.because(failure).vendorCode("libvirt " + code).causedBy(this);
        if (failure == Failure.CORRUPT_DATA || stage == Stage.CONNECTING) {
            draft = draft.effect(Effect.NOT_APPLIED); // QEMU refused to open what it read, or nobody was asked
        }
        return draft.message("%s: %s%s", task, words(), wayOut());
    }

    private String words() {
        return Optional.ofNullable(getMessage()).orElse("");
    }

    /** Somebody could not show who he is, when the connection was made; libvirt tells no more of a host's certificate. */
    private boolean saysUntrusted() {
        return stage == Stage.CONNECTING
                && (code == AUTH_FAILED || words().contains("ertificate") || words().contains("TLS confirmation"));
    }

    private String wayOut() {
        if (!saysUntrusted()) {
            return "";
        }
        if (words().contains("peer's certificate")) {
            return "; the host's certificate must be signed by the CA in cacert.pem, be valid today, and name the host as the URI does";
        }
        if (words().contains("ertificate") || words().contains("TLS confirmation")) {
            return "; cacert.pem, clientcert.pem and clientkey.pem must be in the folder that the URI names by pkipath=, or in /etc/pki,"
                    + " and the host must know the CA of the client's certificate";
        }
        return "; the daemon lets in whom its auth_ settings and its socket's permissions name";
    }

    private Failure failure() {
        if (saysUntrusted()) {
            return Failure.BAD_CREDENTIALS;
        }
        if (saysUnreachable()) {
            return Failure.UNREACHABLE;
        }
        return byText(Optional.ofNullable(getMessage()).orElse("")).orElseGet(this::byCode);
    }

    private Failure byCode() {
        return switch (code) {
            case NO_DOMAIN, NO_SECRET -> Failure.NOT_FOUND;
            case NO_SUPPORT, CONFIG_UNSUPPORTED, OPERATION_UNSUPPORTED, CPU_INCOMPATIBLE -> Failure.UNSUPPORTED;
            case INVALID_ARG, XML_ERROR, OPERATION_INVALID, MIGRATE_UNSAFE -> Failure.INVALID_REQUEST;
            case AUTH_FAILED -> Failure.BAD_CREDENTIALS;
            case AGENT_UNRESPONSIVE, AGENT_UNSYNCED -> Failure.UNREACHABLE;
            case OPERATION_TIMEOUT -> Failure.TIMED_OUT;
            case BLOCK_COPY_ACTIVE -> Failure.OPERATION_PENDING;
            case RESOURCE_BUSY -> Failure.IN_USE;
            case SYSTEM_ERROR -> byErrno();
            default -> Failure.DEFECT;
        };
    }

    private Failure byErrno() {
        return switch (errno) {
            case ENOENT -> Failure.NOT_FOUND;
            case ENOSPC -> Failure.EXHAUSTED;
            default -> Failure.DEFECT;
        };
    }

    /** QEMU's own words reach us as text alone; libvirt gives all of them one code. */
    private static Optional<Failure> byText(String message) {
        if (message.contains("Invalid password, cannot unlock any keyslot")) {
            return Optional.of(Failure.BAD_CREDENTIALS);
        }
        if (message.contains("Volume is not in LUKS format") || message.contains("No encryption in image header")) {
            return Optional.of(Failure.CORRUPT_DATA);
        }
        if (message.matches("(?s).*Failed to (get|lock) .*(lock|byte).*")) {
            return Optional.of(Failure.IN_USE);
        }
        if (message.matches(
                "(?s).*(Unable to access credentials|[Cc]ertificate|TLS handshake|TLS session|[Pp]ostcopy is not supported).*")) {
            return Optional.of(Failure.HOST_NOT_READY);
        }
        if (message.contains("No such file or directory") || message.contains("No such device")) {
            return Optional.of(Failure.NOT_FOUND);
        }
        if (message.contains("Cannot store dirty bitmaps in qcow2 v2")) {
            return Optional.of(Failure.UNSUPPORTED);
        }
        if (message.contains("No more available PCI slots")) {
            return Optional.of(Failure.EXHAUSTED);
        }
        if (message.contains("No space left on device") || message.contains("Cannot allocate memory")) {
            return Optional.of(Failure.EXHAUSTED);
        }
        return Optional.empty();
    }

    private static String text(@Nullable Pointer message) {
        return message == null ? "libvirt failed without saying why" : message.getString(0, "UTF-8");
    }
}
