package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import io.hvkit.hypervisor.spi.CopyMode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** A domain on one connection; valid inside the call it was got in, and freed by closing it. Not for several threads. */
public final class LibvirtDomain implements AutoCloseable {

    private static final int CHECKPOINTS_TOO = 1 << 4;
    private static final int UUID_BYTES = 37;
    private static final int GUEST_KINDS = 1 << 1 | 1 << 3 | 1 << 6; // system, name, interfaces
    private static final int GUEST_FILE_SYSTEMS = 1 << 4;
    private static final int INACTIVE_XML = 2;
    private static final int METADATA_ELEMENT = 2;
    private static final int BANDWIDTH_IN_BYTES = 1;
    private static final int REUSE_EXT = 2;
    private static final int TRANSIENT_JOB = 4;
    private static final int SYNCHRONOUS_WRITES = 8;
    private static final int SECURE_XML = 1;
    private static final int COMMIT_SHALLOW = 1;
    private static final int COMMIT_ACTIVE = 4;
    private static final int COMMIT_BANDWIDTH_IN_BYTES = 16;
    private static final int SNAPSHOT_NO_METADATA = 4;
    private static final int SNAPSHOT_DISK_ONLY = 16;
    private static final int SNAPSHOT_REUSE_EXT = 32;
    private static final int SNAPSHOT_ATOMIC = 128;
    private static final int RESIZE_IN_BYTES = 1;
    private static final int PIVOT = 2;
    private static final int LIVE = 1;
    private static final int CONFIG = 2;
    private static final int UNDEFINE_NVRAM = 4;
    private static final int MIGRATABLE_XML = 8;
    private static final int PAUSED_FOR_MIGRATION = 2;
    private static final int PAUSED_WHILE_STARTING = 11;
    private static final int NOT_PAUSED = -1;
    private static final int PAUSED_ON_REQUEST = 1;
    private static final int PAUSED_FOR_POST_COPY = 12;
    private static final int PAUSED_AS_POST_COPY_FAILED = 13;
    private static final int JOB_BOUNDED = 1;
    private static final int JOB_UNBOUNDED = 2;

    /**
     * How far a block job is.
     *
     * @param done bytes that are copied
     * @param total bytes that are to be copied, as known now; both are 0 in a job's first moments
     */
    public record JobProgress(long done, long total) {}

    private final LibvirtLibrary library;
    private final Pointer pointer;

    LibvirtDomain(LibvirtLibrary library, Pointer pointer) {
        this.library = library;
        this.pointer = pointer;
    }

    /** Returns its name. */
    public String name() throws LibvirtException {
        String name = library.virDomainGetName(pointer);
        if (name == null) {
            throw LibvirtException.last(library);
        }
        return name;
    }

    /** Returns the id that libvirt gave it; the next domain of that name has another one, unless the host remembers it. */
    public UUID id() throws LibvirtException {
        byte[] text = new byte[UUID_BYTES];
        check(library.virDomainGetUUIDString(pointer, text));
        return UUID.fromString(new String(text, 0, UUID_BYTES - 1, StandardCharsets.US_ASCII));
    }

    /** Returns its checkpoints. */
    public LibvirtCheckpoints checkpoints() {
        return new LibvirtCheckpoints(library, pointer);
    }

    /** Measures it. */
    public Measurements measure() throws LibvirtException {
        return Measurements.of(library, pointer);
    }

    /** Returns which of its runs this is, as libvirt numbers them; -1 if it did not run when it was looked up. */
    public int run() {
        return library.virDomainGetID(pointer);
    }

    /**
     * Sends the agent in the guest a command of its protocol, and returns what it answers. libvirt takes note that such a command was
     * sent ("tainted").
     *
     * @param seconds how long the answer may take, after five seconds in which the agent must show that it lives
     */
    public String askAgent(String command, int seconds) throws LibvirtException {
        Pointer answer = Libvirt.forQemu().virDomainQemuAgentCommand(pointer, command, seconds, 0);
        if (answer == null) {
            throw LibvirtException.last(library);
        }
        return Libvirt.taken(answer);
    }

    /**
     * Returns what the agent says of the guest's name, system and network interfaces.
     *
     * @param seconds how long each answer may take; from now on that holds for all that libvirt itself asks this agent
     */
    public TypedValues guestInfo(int seconds) throws LibvirtException {
        return guestInfo(GUEST_KINDS, seconds);
    }

    /** Returns what the agent says of the file systems that the guest has on disks; the same holds for the time. */
    public TypedValues guestFileSystems(int seconds) throws LibvirtException {
        return guestInfo(GUEST_FILE_SYSTEMS, seconds);
    }

    private TypedValues guestInfo(int kinds, int seconds) throws LibvirtException {
        check(library.virDomainAgentSetResponseTimeout(pointer, seconds, 0));
        PointerByReference parameters = new PointerByReference();
        IntByReference count = new IntByReference();
        check(library.virDomainGetGuestInfo(pointer, kinds, parameters, count, 0));
        try {
            return parameters.getValue() == null
                    ? TypedValues.of(Map.of(), Map.of())
                    : TypedValues.read(parameters.getValue(), count.getValue());
        } finally {
            library.virTypedParamsFree(parameters.getValue(), count.getValue());
        }
    }

    /** Returns what it does. */
    public DomainState state() throws LibvirtException {
        IntByReference state = new IntByReference();
        check(library.virDomainGetState(pointer, state, new IntByReference(), 0));
        return DomainState.of(state.getValue());
    }

    /** Whether and how a domain is stopped between two hosts. */
    public enum Transit {
        /** It is not. */
        NONE,
        /** On its way there, or not yet arrived, with all that it is. */
        WHOLE,
        /** With parts of its memory on either host. */
        TORN
    }

    /** Returns whether and how it is stopped between two hosts. */
    public Transit transit() throws LibvirtException {
        return switch (pausedFor()) {
            case PAUSED_FOR_MIGRATION, PAUSED_WHILE_STARTING -> Transit.WHOLE;
            case PAUSED_FOR_POST_COPY, PAUSED_AS_POST_COPY_FAILED -> Transit.TORN;
            default -> Transit.NONE;
        };
    }

    /** Returns whether it is stopped because somebody wanted that; it goes on when it is resumed. */
    public boolean isHeld() throws LibvirtException {
        return pausedFor() == PAUSED_ON_REQUEST;
    }

    /** Returns libvirt's number for the reason; {@link #NOT_PAUSED} if it is not paused. */
    private int pausedFor() throws LibvirtException {
        IntByReference state = new IntByReference();
        IntByReference reason = new IntByReference();
        check(library.virDomainGetState(pointer, state, reason, 0));
        return DomainState.of(state.getValue()) == DomainState.PAUSED ? reason.getValue() : NOT_PAUSED;
    }

    /** Returns whether it is stopped between two hosts. */
    public boolean isInTransit() throws LibvirtException {
        return transit() != Transit.NONE;
    }

    /** Returns whether the host remembers it when it does not run. */
    public boolean isPersistent() throws LibvirtException {
        return check(library.virDomainIsPersistent(pointer)) == 1;
    }

    /** Returns its description as it runs; as it is remembered, if it does not. Holds no secret. */
    public String xml() throws LibvirtException {
        return description(0);
    }

    /** Returns its description as it is remembered for the next start. */
    public String rememberedXml() throws LibvirtException {
        return description(INACTIVE_XML);
    }

    /** Returns its description as it is remembered, whole, so that it can be defined again. May hold passwords of consoles. */
    public String definition() throws LibvirtException {
        return description(INACTIVE_XML | SECURE_XML);
    }

    /** Returns its description as another host takes it. */
    public String migratableXml() throws LibvirtException {
        return description(MIGRATABLE_XML);
    }

    /** Returns its description as it is remembered, as another host takes it. */
    public String migratableRememberedXml() throws LibvirtException {
        return description(MIGRATABLE_XML | INACTIVE_XML);
    }

    /** Starts it. */
    public void create() throws LibvirtException {
        check(library.virDomainCreate(pointer));
    }

    /** Cuts its power. */
    public void destroy() throws LibvirtException {
        check(library.virDomainDestroyFlags(pointer, 0));
    }

    /** Asks the guest to shut down, by its power button or whatever else libvirt knows; it may not listen. */
    public void shutDown() throws LibvirtException {
        check(library.virDomainShutdownFlags(pointer, 0));
    }

    /** Asks the guest to restart; it may not listen. */
    public void reboot() throws LibvirtException {
        check(library.virDomainReboot(pointer, 0));
    }

    /** Presses its reset button. */
    public void reset() throws LibvirtException {
        check(library.virDomainReset(pointer, 0));
    }

    /** Stops its processors. */
    public void suspend() throws LibvirtException {
        check(library.virDomainSuspend(pointer));
    }

    /** Lets its processors go on. */
    public void resume() throws LibvirtException {
        check(library.virDomainResume(pointer));
    }

    /** Wakes a guest that sleeps. */
    public void wakeUp() throws LibvirtException {
        check(library.virDomainPMWakeup(pointer, 0));
    }

    /** Adds a device to the domain as it runs and, if it is remembered, as it is remembered. */
    public void attach(String deviceXml) throws LibvirtException {
        check(library.virDomainAttachDeviceFlags(pointer, deviceXml, LIVE | (isPersistent() ? CONFIG : 0)));
    }

    /** Asks the guest to let a device go; it goes when the guest does so, if ever. */
    public void askToDetach(String deviceXml) throws LibvirtException {
        check(library.virDomainDetachDeviceFlags(pointer, deviceXml, LIVE));
    }

    /** Takes a device out of the domain as it is remembered. */
    public void detachRemembered(String deviceXml) throws LibvirtException {
        check(library.virDomainDetachDeviceFlags(pointer, deviceXml, CONFIG));
    }

    /** Makes a disk and what is behind it larger or smaller, without asking whether that makes sense. */
    public void resize(String disk, long bytes) throws LibvirtException {
        check(library.virDomainBlockResize(pointer, disk, bytes, RESIZE_IN_BYTES));
    }

    /** Forgets its description and its checkpoints. */
    public void undefine() throws LibvirtException {
        check(library.virDomainUndefineFlags(pointer, CHECKPOINTS_TOO));
    }

    /** Forgets its description, its checkpoints and the variables of its firmware, without which libvirt forgets no machine with UEFI. */
    public void undefineWithFirmware() throws LibvirtException {
        check(library.virDomainUndefineFlags(pointer, UNDEFINE_NVRAM | CHECKPOINTS_TOO));
    }

    /** Writes one element of metadata, for the domain as it runs and as it is remembered, so far as it does either. */
    public void setMetadata(String element, String prefix, String namespace) throws LibvirtException {
        check(library.virDomainSetMetadata(pointer, METADATA_ELEMENT, element, prefix, namespace, everywhere()));
    }

    /** Removes the element of metadata of a name space. */
    public void removeMetadata(String namespace) throws LibvirtException {
        check(library.virDomainSetMetadata(pointer, METADATA_ELEMENT, null, null, namespace, everywhere()));
    }

    private int everywhere() throws LibvirtException {
        return (state().isActive() ? LIVE : 0) | (isPersistent() ? CONFIG : 0);
    }

    /** Returns how many bytes the guest sees of a disk. */
    public long capacity(String disk) throws LibvirtException {
        LibvirtLibrary.BlockRecord info = new LibvirtLibrary.BlockRecord();
        check(library.virDomainGetBlockInfo(pointer, disk, info, 0));
        return info.capacity;
    }

    /**
     * Starts to copy a disk onto something that exists; the domain need not be transient for it.
     *
     * @param bytesPerSecond the most to copy in a second, 0 for no limit
     * @param mode for other ones than {@code BACKGROUND} see {@link LibvirtVersion#hasSynchronousWrites}
     */
    public void blockCopy(String disk, String targetXml, long bytesPerSecond, CopyMode mode) throws LibvirtException {
        PointerByReference parameters = new PointerByReference();
        IntByReference count = new IntByReference();
        check(library.virTypedParamsAddULLong(parameters, count, new IntByReference(), "bandwidth", bytesPerSecond));
        try {
            int flags = REUSE_EXT | TRANSIENT_JOB | (mode == CopyMode.WRITE_BLOCKING ? SYNCHRONOUS_WRITES : 0);
            check(library.virDomainBlockCopy(pointer, disk, targetXml, parameters.getValue(), count.getValue(), flags));
        } finally {
            library.virTypedParamsFree(parameters.getValue(), count.getValue());
        }
    }

    /** Has a running domain go on with overlays that exist, on all named disks or on none; libvirt keeps no note of it. */
    public void snapshot(String snapshotXml) throws LibvirtException {
        int flags = SNAPSHOT_DISK_ONLY | SNAPSHOT_REUSE_EXT | SNAPSHOT_ATOMIC | SNAPSHOT_NO_METADATA;
        Pointer snapshot = library.virDomainSnapshotCreateXML(pointer, snapshotXml, flags);
        if (snapshot == null) {
            throw LibvirtException.last(library);
        }
        library.virDomainSnapshotFree(snapshot);
    }

    /**
     * Starts to write what a disk's top layer holds into the one below it, for the domain to be switched to.
     *
     * @param bytesPerSecond the most to copy in a second, 0 for no limit
     */
    public void blockCommit(String disk, long bytesPerSecond) throws LibvirtException {
        int flags = COMMIT_SHALLOW | COMMIT_ACTIVE | COMMIT_BANDWIDTH_IN_BYTES;
        check(library.virDomainBlockCommit(pointer, disk, null, null, new NativeLong(bytesPerSecond), flags));
    }

    /** Returns how far the job on a disk is, if there is one. */
    public Optional<JobProgress> blockJob(String disk) throws LibvirtException {
        LibvirtLibrary.BlockJobRecord info = new LibvirtLibrary.BlockJobRecord();
        int found = check(library.virDomainGetBlockJobInfo(pointer, disk, info, BANDWIDTH_IN_BYTES));
        return found == 0 ? Optional.empty() : Optional.of(new JobProgress(info.cur, info.end));
    }

    /** Switches the domain to the complete copy. That it returns or throws proves nothing: read the XML. */
    public void pivot(String disk) throws LibvirtException {
        check(library.virDomainBlockJobAbort(pointer, disk, PIVOT));
    }

    /** Ends the job on a disk; the domain keeps the disk it has. */
    public void abortBlockJob(String disk) throws LibvirtException {
        check(library.virDomainBlockJobAbort(pointer, disk, 0));
    }

    /** Moves it to another host, and returns or throws when that is over. Neither proves anything: look at both hosts. */
    public void migrate(LibvirtConnection target, Migration migration) throws LibvirtException {
        target.receive(pointer, migration);
    }

    /** Asks the job on the whole domain to end. */
    public void abortJob() throws LibvirtException {
        check(library.virDomainAbortJob(pointer));
    }

    /** Returns how far the job on the whole domain is, if there is one and it is led here. */
    public Optional<JobProgress> job() throws LibvirtException {
        return jobRecord().map(job -> new JobProgress(job.dataProcessed, job.dataTotal));
    }

    /** Returns how many bytes of memory are still to be copied, if memory is what the job on the whole domain copies now. */
    public OptionalLong memoryLeft() throws LibvirtException {
        return jobRecord()
                .filter(job -> job.memTotal > 0)
                .map(job -> OptionalLong.of(job.memRemaining))
                .orElse(OptionalLong.empty());
    }

    /** Lets a domain that leaves go on on the other host at once, and its memory follow. */
    public void startPostCopy() throws LibvirtException {
        check(library.virDomainMigrateStartPostCopy(pointer, 0));
    }

    private Optional<LibvirtLibrary.JobRecord> jobRecord() throws LibvirtException {
        LibvirtLibrary.JobRecord info = new LibvirtLibrary.JobRecord();
        if (library.virDomainGetJobInfo(pointer, info) < 0) {
            LibvirtException why = LibvirtException.last(library);
            if (why.saysElsewhere()) {
                return Optional.empty();
            }
            throw why;
        }
        return Optional.of(info).filter(job -> job.type == JOB_BOUNDED || job.type == JOB_UNBOUNDED);
    }

    @Override
    public void close() {
        library.virDomainFree(pointer);
    }

    private String description(int flags) throws LibvirtException {
        Pointer text = library.virDomainGetXMLDesc(pointer, flags);
        if (text == null) {
            throw LibvirtException.last(library);
        }
        return Libvirt.taken(text);
    }

    private int check(int result) throws LibvirtException {
        if (result < 0) {
            throw LibvirtException.last(library);
        }
        return result;
    }
}
