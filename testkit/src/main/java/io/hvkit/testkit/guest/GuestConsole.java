package io.hvkit.testkit.guest;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Follows the serial log of a guest while it grows. The file need not be there yet. What was read once is not read again, and
 * only whole lines count. Holds no file open between calls; any number of threads may share it.
 */
public final class GuestConsole {

    private static final int TAIL = 20;
    private static final int BUFFER = 65_536;

    private final ReentrantLock lock = new ReentrantLock();
    private final Path log;
    private Transcript transcript = new Transcript();
    private long position;

    private GuestConsole(Path log) {
        this.log = log;
    }

    /** Returns a console that reads {@code log} from its beginning. If the file is cut short, it starts anew. */
    public static GuestConsole at(Path log) {
        return new GuestConsole(log);
    }

    /**
     * Returns once the guest is up and knows its disk.
     *
     * @throws DriverException with {@code TIMED_OUT} and the console's tail if that takes longer than {@code limit},
     *     {@code DEFECT} as soon as the guest says that it gives up
     */
    public void awaitReady(Duration limit) throws InterruptedException {
        await("the guest's READY", limit, heard -> heard.layout().isPresent());
    }

    /**
     * Returns once at least {@code records} records are acknowledged since the guest booted.
     *
     * @throws DriverException as {@link #awaitReady}
     */
    public void awaitAcknowledged(long records, Duration limit) throws InterruptedException {
        await(
                "the guest's acknowledgement of " + records + " records",
                limit,
                heard -> heard.acknowledged() >= records);
    }

    /**
     * Returns once the guest has written all it should, or a write has failed.
     *
     * @throws DriverException as {@link #awaitReady}
     */
    public void awaitDone(Duration limit) throws InterruptedException {
        await("the guest's last record", limit, Transcript::done);
    }

    private void await(String what, Duration limit, Predicate<Transcript> condition) throws InterruptedException {
        Await.until(what, limit, () -> holds(condition), () -> log + " ends:\n" + tail(TAIL));
    }

    private boolean holds(Predicate<Transcript> condition) {
        lock.lock();
        try {
            Transcript heard = read();
            if (condition.test(heard)) {
                return true;
            }
            heard.fatal().ifPresent(line -> {
                throw DriverException.because(Failure.DEFECT)
                        .message("the guest gave up: %s; %s ends:\n%s", line, log, heard.tail(TAIL));
            });
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the number of records that are safe by now: all with a lower sequence number. 0 before the first. */
    public long acknowledged() {
        lock.lock();
        try {
            return read().acknowledged();
        } finally {
            lock.unlock();
        }
    }

    /** Returns at most {@code lines} whole lines, and never more than 200, from the end of the log, without empty ones. */
    public String tail(int lines) {
        lock.lock();
        try {
            return read().tail(lines);
        } finally {
            lock.unlock();
        }
    }

    private Transcript read() {
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ)) {
            if (channel.size() < position) {
                transcript = new Transcript();
                position = 0;
            }
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            int count = channel.read(buffer, position);
            while (count > 0) {
                position += count;
                transcript.add(buffer.flip());
                count = channel.read(buffer.clear(), position);
            }
        } catch (NoSuchFileException e) {
            return transcript; // the guest's host has not made it yet
        } catch (IOException e) {
            throw DriverException.because(Failure.NOT_FOUND).causedBy(e).message("%s cannot be read: %s", log, e);
        }
        return transcript;
    }
}
