package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.Image;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A qemu-storage-daemon of this process: images and jobs as a virtual machine has them, without one. It ends when this is
 * closed, or when this process ends, however that comes. Safe for any number of threads. One thread runs with it, named {@code
 * hvkit-storage-daemon}.
 *
 * <p>Keys reach it encrypted, under a master key that it is given on its standard input: none is in an argument, a file, or in
 * what is said over its sockets. Each is forgotten there as soon as its image is open.
 *
 * <p>Other programs of qemu find an image locked while a job uses it; one with a structure, such as qcow2, as long as it is open
 * for writing. When the daemon has ended, all that it wrote is on the disk, unless it was killed.
 *
 * <p>Needs QEMU 6.0 or later, and {@code setpriv} of util-linux 2.33 or later.
 */
public final class StorageDaemon implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StorageDaemon.class);
    private static final String PROGRAM = "qemu-storage-daemon";
    private static final String PACKAGES = "qemu-system-common (Debian, Ubuntu) or qemu-img (Fedora)";
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration END_LIMIT = Duration.ofMinutes(2);
    private static final int NOT_EXECUTED = 127;

    private final DaemonFolder folder;
    private final DaemonProcess process;
    private final DaemonKeys keys;
    private final QmpClient control;
    private final OpenNodes nodes;
    private final AtomicBoolean closed = new AtomicBoolean();

    private StorageDaemon(
            DaemonFolder folder, DaemonProcess process, DaemonKeys keys, QmpClient control, OpenNodes nodes) {
        this.folder = folder;
        this.process = process;
        this.keys = keys;
        this.control = control;
        this.nodes = nodes;
    }

    /**
     * Starts one. Before that, it removes from the folder for temporary files what daemons left whose process was killed.
     *
     * @param runner of this host: the daemon is spoken to over a socket in this host's folder for temporary files
     * @throws DriverException with {@code HOST_NOT_READY} if it is not installed or ends at once, {@code TIMED_OUT} if it does not
     *     speak within half a minute; nothing is left in either case
     */
    public static StorageDaemon start(CommandRunner runner) throws InterruptedException {
        DaemonFolder folder = DaemonFolder.make();
        DaemonKeys keys = DaemonKeys.random();
        boolean started = false;
        try (Secret input = keys.text();
                DaemonFirstWord firstWord = DaemonFirstWord.expectedAt(folder.ready())) {
            folder.removeAbandoned();
            DaemonProcess process =
                    DaemonProcess.start(runner, command(folder, keys).feeding(input));
            try {
                QmpClient control = connect(process, firstWord, folder.control());
                started = true;
                return new StorageDaemon(folder, process, keys, control, new OpenNodes(control, keys, runner.files()));
            } finally {
                if (!started) {
                    process.kill();
                }
            }
        } finally {
            if (!started) {
                keys.close();
                folder.remove();
            }
        }
    }

    /** Returns which qemu it is. */
    public QmpVersion version() {
        return control.version();
    }

    /**
     * Opens an image, and all that it lies over, for reading and writing. The keys are needed for the length of this call.
     *
     * <table>
     * <caption>Failures; nothing is open afterwards</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>a key does not open its image</td><td>{@code BAD_CREDENTIALS}</td></tr>
     * <tr><td>something else holds it</td><td>{@code IN_USE}</td></tr>
     * <tr><td>it is not there</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>its bytes are not of its format</td><td>{@code CORRUPT_DATA}</td></tr>
     * </table>
     */
    public BlockNode open(Image image) throws InterruptedException {
        return nodes.open(image, OpenNodes.Access.READ_WRITE);
    }

    /** Opens an image, and all that it lies over, for reading alone; fails as {@link #open} does. */
    public BlockNode openReadOnly(Image image) throws InterruptedException {
        return nodes.open(image, OpenNodes.Access.READ_ONLY);
    }

    /**
     * Closes an image, with all that it was opened over. Does nothing if it is closed.
     *
     * @throws DriverException with {@code IN_USE} if a job holds it
     */
    public void close(BlockNode node) throws InterruptedException {
        nodes.close(node);
    }

    /** Returns its jobs. */
    public BlockJobs jobs() {
        return BlockJobs.of(control);
    }

    /**
     * Sends any command; see {@link QmpClient#execute}.
     */
    public QmpValue execute(QmpCommand command) throws InterruptedException {
        return control.execute(command);
    }

    /**
     * Returns another connection to its monitor, to be closed by the caller. There is one at a time: as long as it is open, the
     * next one fails with {@code TIMED_OUT}.
     *
     * @param limit how long to wait for it
     */
    public QmpClient connect(Duration limit) throws InterruptedException {
        return QmpClient.connect(folder.monitor(), limit);
    }

    /** Returns whether it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Cancels all jobs, closes all images, ends the daemon, and returns when it is gone. If it does not end within two minutes it
     * is killed, which is logged as a warning: then images that it wrote need a check. An interruption waits until this is done.
     * Closing twice does nothing.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            end();
        } finally {
            control.close();
            keys.close();
            folder.remove();
        }
    }

    /** Ends the daemon, however often the thread is interrupted meanwhile: it is told at the end. */
    private void end() {
        boolean interrupted = Thread.interrupted();
        Deadline deadline = Deadline.in(END_LIMIT);
        try {
            while (true) {
                try {
                    quit(deadline);
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void quit(Deadline deadline) throws InterruptedException {
        if (process.isAlive() && control.isOpen() && !tellToQuit(control) && !control.isLost()) {
            control.close(); // it cannot be talked to; the next client may fare better
            try (QmpClient other = QmpClient.connect(folder.control(), START_LIMIT)) {
                tellToQuit(other);
            } catch (DriverException e) {
                LOG.debug("{} cannot be told to end", PROGRAM, e);
            }
        }
        if (!process.awaitEnd(deadline)) {
            LOG.warn("{} did not end within {} and is killed; check the images that it wrote", PROGRAM, END_LIMIT);
            process.kill();
        }
    }

    /** Returns whether it has heard that it is to end. */
    private static boolean tellToQuit(QmpClient client) throws InterruptedException {
        try {
            client.execute(QmpCommand.of("quit").within(START_LIMIT));
            return true;
        } catch (DriverException e) {
            LOG.debug("{} does not answer when told to end", PROGRAM, e); // it may be gone already
            return false;
        }
    }

    private static QmpClient connect(DaemonProcess process, DaemonFirstWord firstWord, Path socket)
            throws InterruptedException {
        if (!firstWord.isHeardFrom(process, Deadline.in(START_LIMIT))) {
            throw failedToStart(process.obituary());
        }
        return QmpClient.connect(socket, START_LIMIT);
    }

    private static DriverException failedToStart(DriverException reason) {
        if (reason.vendorCode().filter(("exit " + NOT_EXECUTED)::equals).isPresent()) {
            return DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(reason)
                    .message("%s is not installed on this host; install %s", PROGRAM, PACKAGES);
        }
        return reason;
    }

    /** setpriv becomes the daemon, which the kernel then ends as soon as the thread that started it is gone. */
    private static Command command(DaemonFolder folder, DaemonKeys keys) {
        List<String> argv = new ArrayList<>(List.of("setpriv", "--pdeathsig", "TERM", PROGRAM));
        argv.addAll(List.of("--object", keys.object().toOptionText()));
        argv.addAll(monitor("control", folder.control(), "server=on,wait=off"));
        argv.addAll(monitor("monitor", folder.monitor(), "server=on,wait=off"));
        argv.addAll(monitor("ready", folder.ready(), "server=off"));
        return Command.of(argv).untilDone().providedBy("util-linux");
    }

    private static List<String> monitor(String name, Path socket, String role) {
        String path = socket.toString().replace(",", ",,");
        return List.of("--chardev", "socket,id=" + name + ",path=" + path + "," + role, "--monitor", "chardev=" + name);
    }
}
