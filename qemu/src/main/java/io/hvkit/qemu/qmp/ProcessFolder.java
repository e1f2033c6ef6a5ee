package io.hvkit.qemu.qmp;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.Libc;
import io.hvkit.qemu.internal.OpenFileLock;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of one machine: its process id, its monitor, its name and those of its disks. Its own name is a digest of the machine's, which may
 * hold any character and be longer than a socket's address allows.
 */
final class ProcessFolder {

    private static final Logger LOG = LoggerFactory.getLogger(ProcessFolder.class);
    private static final String LOCK = ".lock";
    private static final String PID = "pid";
    private static final String MONITOR = "qmp";
    private static final String NAMES = "names";
    private static final String FILE = "file:";
    private static final String DEVICE = "device:";
    private static final String PID_OPTION = "-pidfile";
    private static final int LONGEST_NAME = 255;
    private static final long PAUSE = Duration.ofMillis(10).toNanos();
    private static final FileAttribute<?> OWN_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<?> OWN_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path parent;
    private final Path folder;
    private final String name;

    private ProcessFolder(Path parent, Path folder, String name) {
        this.parent = parent;
        this.folder = folder;
        this.name = name;
    }

    static ProcessFolder of(Path parent, String name) {
        if (name.isEmpty() || name.length() > LONGEST_NAME || name.chars().anyMatch(Character::isISOControl)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a machine's name has 1 to %d characters, none of them a control", LONGEST_NAME);
        }
        String id =
                UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
        return new ProcessFolder(parent, parent.resolve(id), name);
    }

    /** Returns one for each machine that was started here and not stopped. */
    static List<ProcessFolder> all(Path parent) {
        List<ProcessFolder> all = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, Files::isDirectory)) {
            for (Path entry : entries) {
                named(entry).ifPresent(names -> all.add(of(parent, names.machine)));
            }
        } catch (NoSuchFileException e) {
            return List.of(); // nothing was started yet
        } catch (IOException e) {
            throw failed("list machines in " + parent, e);
        }
        return all;
    }

    String name() {
        return name;
    }

    /** Fails if there can be no monitor here. */
    void requireUsable() {
        QmpWire.requireShort(folder.resolve(MONITOR));
    }

    /** Returns the whole command. */
    List<String> argv(String program, List<String> arguments) {
        List<String> argv = new ArrayList<>(List.of(
                program, "-name", "guest=" + escaped(name), "-nodefaults", "-display", "none", "-no-user-config"));
        argv.addAll(arguments);
        argv.addAll(List.of(
                "-qmp",
                "unix:" + escaped(folder.resolve(MONITOR).toString()) + ",server=on,wait=off",
                PID_OPTION,
                folder.resolve(PID).toString(),
                "-daemonize"));
        return argv;
    }

    private static String escaped(String text) {
        return text.replace(",", ",,");
    }

    /** Takes the lock of all starts in the parent folder, which it makes. */
    OpenFileLock lock(Duration limit) throws InterruptedException {
        Libc libc = Libc.load()
                .orElseThrow(() -> DriverException.because(Failure.HOST_NOT_READY)
                        .message("machines are started under a lock, by native code that cannot be loaded here (JNA)"));
        Path file = parent.resolve(LOCK);
        Deadline deadline = Deadline.in(limit);
        try {
            Files.createDirectories(parent, OWN_FOLDER);
            createIfAbsent(file);
            while (true) {
                Optional<OpenFileLock> lock = OpenFileLock.take(libc, file, 0, 1);
                if (lock.isPresent()) {
                    return lock.get();
                }
                if (deadline.hasPassed()) {
                    throw DriverException.because(Failure.OPERATION_PENDING)
                            .effect(Effect.NOT_APPLIED)
                            .message("other machines have been starting in %s for %s; try again", parent, limit);
                }
                LockSupport.parkNanos(PAUSE);
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while other machines were starting in " + parent);
                }
            }
        } catch (IOException e) {
            throw failed("lock " + parent, e);
        }
    }

    private static void createIfAbsent(Path file) throws IOException {
        try {
            Files.createFile(file, OWN_FILE);
        } catch (FileAlreadyExistsException e) {
            LOG.trace("{} is there", file, e);
        }
    }

    /** Makes it anew, for a machine that is about to start. */
    void prepare(Map<String, Attachment> disks) {
        clear();
        try {
            Files.createDirectory(folder, OWN_FOLDER);
            StringJoiner names = new StringJoiner("\0", "", "\0").add(name);
            disks.forEach((disk, place) -> names.add(disk)
                    .add((place instanceof Attachment.BlockDevice ? DEVICE : FILE) + place.requirePath()));
            Files.createFile(folder.resolve(NAMES), OWN_FILE);
            Files.writeString(folder.resolve(NAMES), names.toString());
        } catch (IOException e) {
            throw failed("make a folder for machine " + name, e);
        }
    }

    /** Returns the machine, if its process lives: a number alone proves nothing, since numbers come again. */
    Optional<QemuProcess> find() {
        Optional<Long> pid = read(folder.resolve(PID)).flatMap(ProcessFolder::number);
        if (pid.isEmpty()) {
            return Optional.empty();
        }
        List<String> arguments = arguments(pid.get());
        int option = arguments.indexOf(PID_OPTION);
        if (option < 0
                || option + 1 == arguments.size()
                || !arguments.get(option + 1).equals(folder.resolve(PID).toString())) {
            return Optional.empty();
        }
        Map<String, Attachment> disks = named(folder).map(Names::disks).orElse(Map.of());
        return Optional.of(new QemuProcess(
                name, disks, arguments.subList(1, arguments.size()), pid.get(), folder.resolve(MONITOR)));
    }

    /** Returns the words that a process was started with; none if it has ended. */
    private static List<String> arguments(long pid) {
        try {
            byte[] bytes = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline"));
            String words = new String(bytes, Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
            return words.isEmpty()
                    ? List.of()
                    : List.of(words.substring(0, words.length() - 1).split("\0", -1));
        } catch (IOException e) {
            return List.of(); // it has ended, or ends in this moment
        }
    }

    private static Optional<Long> number(String text) {
        String digits = text.strip();
        return digits.matches("[0-9]{1,10}") ? Optional.of(Long.parseLong(digits)) : Optional.empty();
    }

    private record Names(String machine, Map<String, Attachment> disks) {}

    private static Optional<Names> named(Path folder) {
        return read(folder.resolve(NAMES))
                .filter(text -> text.endsWith("\0"))
                .map(
                        text -> { // else it is just being made
                            String[] words = text.split("\0", -1);
                            Map<String, Attachment> disks = new LinkedHashMap<>();
                            for (int i = 1; i + 1 < words.length; i += 2) {
                                disks.put(words[i], place(words[i + 1]));
                            }
                            return new Names(words[0], disks);
                        });
    }

    private static Attachment place(String text) {
        return text.startsWith(DEVICE)
                ? new Attachment.BlockDevice(Path.of(text.substring(DEVICE.length())))
                : new Attachment.ImageFile(Path.of(text.substring(FILE.length())));
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failed("read " + file, e);
        }
    }

    /** Removes it; what cannot be removed keeps nobody from anything. */
    void clear() {
        try {
            for (String each : List.of(PID, MONITOR, NAMES)) {
                Files.deleteIfExists(folder.resolve(each));
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            LOG.warn("{} is of no use any more and could not be removed: {}", folder, e.toString());
        }
    }

    /** Removes it unless its machine is running, or being started, by somebody else by now. */
    void clearIfAbandoned(Duration limit) throws InterruptedException {
        if (!Files.exists(folder)) {
            return;
        }
        OpenFileLock lock = lock(limit);
        try {
            if (find().isEmpty()) {
                clear();
            }
        } finally {
            lock.close();
        }
    }

    private static DriverException failed(String deed, IOException e) {
        return DriverException.because(Failure.HOST_NOT_READY).causedBy(e).message("cannot %s: %s", deed, e);
    }
}
