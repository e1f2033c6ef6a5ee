package io.hvkit.qemu.qmp;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.FileStatus;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.ToolLimits;
import io.hvkit.qemu.internal.OpenFileLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Virtual machines as plain processes of qemu, without libvirt. They outlive this process, and are found again in a folder, by
 * whichever process looks there: what runs is asked of the kernel, never remembered. Two folders know nothing of each other; a
 * disk that a machine of another folder has open is found locked all the same. Safe for any number of threads and processes. It
 * starts no thread.
 *
 * <p>Needs Linux, QEMU 6.0 or later, and JNA's native code.
 */
@Incubating(since = "0.1")
public final class QemuProcesses {

    private static final Logger LOG = LoggerFactory.getLogger(QemuProcesses.class);
    private static final String PROGRAM = "qemu-system-x86_64";
    private static final String PACKAGES = "qemu-system-x86 (Debian, Ubuntu) or qemu-system-x86-core (Fedora)";
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration LOCK_LIMIT = Duration.ofMinutes(5);
    private static final Duration MONITOR_LIMIT = Duration.ofSeconds(10);
    private static final Duration END_LIMIT = Duration.ofSeconds(30);
    private static final Path KVM = Path.of("/dev/kvm");
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    private static final Pattern VIRTUALISATION = Pattern.compile("(?m)^flags\\b.*\\s(vmx|svm)(\\s|$)");
    private static final int ARGUMENTS_OF_A_DISK = 4;
    private static final long PAUSE = Duration.ofMillis(5).toNanos();

    private final Path folder;
    private final CommandRunner runner = CommandRunner.local();

    private QemuProcesses(Path folder) {
        this.folder = folder;
    }

    /** Returns the machines of a folder of this host; it is made with the first machine, its owner's alone. */
    public static QemuProcesses in(Path folder) {
        return new QemuProcesses(folder.toAbsolutePath().normalize());
    }

    /**
     * Starts a machine and returns when its processors run, or returns the one that an equal call started before, if it still runs.
     * What fails, or is interrupted, leaves no process and no file. Starts in one folder are made one after the other.
     *
     * <table>
     * <caption>Failures, with effect {@code NOT_APPLIED}</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>a machine of that name runs with other arguments or disks</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>another process has one of its disks open</td><td>{@code IN_USE}</td></tr>
     * <tr><td>a file that the arguments name is not there</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the name cannot be kept, a disk has no path or wants a key, or the folder's name is too long for a socket in it</td>
     * <td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>qemu is not installed</td><td>{@code HOST_NOT_READY}</td></tr>
     * <tr><td>there is no memory for it</td><td>{@code EXHAUSTED}</td></tr>
     * <tr><td>other starts in the folder take longer than five minutes</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>qemu complains in words that are not known</td><td>{@code DEFECT}, with its words</td></tr>
     * </table>
     *
     * @param name what it is found by: 1 to 255 characters, no control characters
     * @param arguments qemu's, for its board and devices; name, monitor, process id file, and KVM if it works here are added, and
     *     the usual devices left out ({@code -nodefaults}). They are seen by every user of the host: no key belongs there
     * @param disks plain disks, by names that are found again with the machine; each becomes a virtio disk, the first to boot from
     */
    public QemuProcess start(String name, List<String> arguments, Map<String, Image> disks)
            throws InterruptedException {
        ProcessFolder place = ProcessFolder.of(folder, name);
        place.requireUsable();
        Map<String, Attachment> places = places(disks);
        List<String> argv = place.argv(
                PROGRAM,
                Stream.of(accelerator(), arguments, devices(disks))
                        .flatMap(List::stream)
                        .toList());
        OpenFileLock lock = place.lock(LOCK_LIMIT);
        try {
            Optional<QemuProcess> running = place.find();
            return running.isPresent() ? same(running.get(), argv, places) : launched(place, argv, places);
        } finally {
            lock.close();
        }
    }

    private static Map<String, Attachment> places(Map<String, Image> disks) throws InterruptedException {
        Map<String, Attachment> places = new LinkedHashMap<>();
        for (Map.Entry<String, Image> disk : disks.entrySet()) {
            Optional<Path> path = disk.getValue().path();
            if (path.isEmpty()
                    || disk.getValue().key().isPresent()
                    || disk.getKey().indexOf('\0') >= 0) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "disk %s is to be a file or a device without a key, and its name without a NUL: %s",
                                disk.getKey(), disk.getValue());
            }
            places.put(disk.getKey(), place(path.get()));
        }
        return places;
    }

    private static Attachment place(Path path) throws InterruptedException {
        return HostFiles.local().status(path).kind() == FileStatus.Kind.BLOCK_DEVICE
                ? new Attachment.BlockDevice(path)
                : new Attachment.ImageFile(path);
    }

    /** A device that opens proves nothing: under some hypervisors it does, and no guest ever boots. */
    private static List<String> accelerator() {
        try {
            boolean usable = Files.isWritable(KVM)
                    && VIRTUALISATION.matcher(Files.readString(PROCESSORS)).find();
            return List.of("-accel", usable ? "kvm" : "tcg");
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("%s says nothing of this host's processors: %s", PROCESSORS, e);
        }
    }

    /** Each by a number, since the names that qemu takes are short and plain. */
    private static List<String> devices(Map<String, Image> disks) throws InterruptedException {
        List<String> arguments = new ArrayList<>();
        for (Image image : disks.values()) {
            String node = "disk" + arguments.size() / ARGUMENTS_OF_A_DISK;
            arguments.addAll(List.of(
                    "-blockdev",
                    image.options().stating(HostFiles.local()).toBlockdevJson(node),
                    "-device",
                    "virtio-blk-pci,drive=" + node));
        }
        return arguments;
    }

    private static QemuProcess same(QemuProcess running, List<String> argv, Map<String, Attachment> disks) {
        if (!List.copyOf(running.disks().entrySet()).equals(List.copyOf(disks.entrySet()))
                || !running.arguments().equals(argv.subList(1, argv.size()))) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "machine %s runs as process %d, and not as it is wanted; stop it first, or take another name",
                            running.name(), running.pid());
        }
        return running;
    }

    private QemuProcess launched(ProcessFolder place, List<String> argv, Map<String, Attachment> disks)
            throws InterruptedException {
        boolean started = false;
        try {
            place.prepare(disks);
            CommandResult result = runner.run(
                    Command.of(argv).within(START_LIMIT).providedBy(PACKAGES).limitedTo(ToolLimits.none()));
            if (!result.succeeded()) {
                throw result.failure(
                        "starting machine " + place.name(),
                        Effect.NOT_APPLIED,
                        disks.values().stream().map(Attachment::requirePath).toArray(Path[]::new));
            }
            QemuProcess process = place.find()
                    .orElseThrow(() -> DriverException.because(Failure.DEFECT)
                            .effect(Effect.NOT_APPLIED)
                            .message("machine %s ended as soon as it had started", place.name()));
            started = true;
            return process;
        } finally {
            if (!started) {
                place.find().ifPresent(QemuProcesses::kill);
                place.clear();
            }
        }
    }

    /** Returns the machine of that name, if it runs. */
    public Optional<QemuProcess> find(String name) {
        return ProcessFolder.of(folder, name).find();
    }

    /** Returns all machines that run, in no particular order. */
    public List<QemuProcess> list() {
        List<QemuProcess> running = new ArrayList<>();
        for (ProcessFolder place : ProcessFolder.all(folder)) {
            place.find().ifPresent(running::add);
        }
        return List.copyOf(running);
    }

    /**
     * Cuts a machine's power and returns when its process has ended; does nothing if there is none. What the host had taken for a
     * disk is written; what the guest had not is lost. A process that does not hear is killed.
     *
     * @throws DriverException with {@code TIMED_OUT} if it lives on even so
     */
    public void stop(String name) throws InterruptedException {
        ProcessFolder place = ProcessFolder.of(folder, name);
        Optional<QemuProcess> running = place.find();
        if (running.isPresent()) {
            tell(running.get(), "quit");
            if (!awaitEnd(place, END_LIMIT)) {
                LOG.warn("machine {} does not end when it is told to, and is killed", name);
                place.find().ifPresent(QemuProcesses::kill);
            }
            if (!awaitEnd(place, END_LIMIT)) {
                throw DriverException.because(Failure.TIMED_OUT)
                        .message(
                                "machine %s, process %d, lives on though it was killed",
                                name, running.get().pid());
            }
        }
        place.clearIfAbandoned(LOCK_LIMIT);
    }

    /**
     * Asks a machine's guest to shut down, and returns whether it has ended within {@code patience}; true if there is none.
     */
    public boolean shutDown(String name, Duration patience) throws InterruptedException {
        ProcessFolder place = ProcessFolder.of(folder, name);
        Optional<QemuProcess> running = place.find();
        if (running.isPresent()) {
            tell(running.get(), "system_powerdown");
            if (!awaitEnd(place, patience)) {
                return false;
            }
        }
        place.clearIfAbandoned(LOCK_LIMIT);
        return true;
    }

    private static void tell(QemuProcess process, String command) throws InterruptedException {
        try (QmpClient client = QmpClient.connect(process.monitor(), MONITOR_LIMIT)) {
            client.execute(QmpCommand.of(command).within(MONITOR_LIMIT));
        } catch (DriverException e) {
            LOG.debug("machine {} does not answer to {}; it may have ended", process.name(), command, e);
        }
    }

    private static boolean awaitEnd(ProcessFolder place, Duration limit) throws InterruptedException {
        Deadline deadline = Deadline.in(limit);
        while (place.find().isPresent()) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while machine " + place.name() + " was to end");
            }
            if (deadline.hasPassed()) {
                return false;
            }
            LockSupport.parkNanos(PAUSE);
        }
        return true;
    }

    private static void kill(QemuProcess process) {
        ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
    }
}
