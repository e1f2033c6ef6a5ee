package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;

/** A client of a peer that plays a script. */
abstract class PeerCase {

    static final Duration LONG = Duration.ofSeconds(30);
    static final Duration SHORT = Duration.ofMillis(60);
    static final QmpCommand ASK = QmpCommand.of("ask");

    @TempDir
    Path directory;

    ScriptedPeer peer(ScriptedPeer.Script script) throws Exception {
        return ScriptedPeer.playing(directory, talk -> {
            talk.hello();
            script.play(talk);
        });
    }

    static QmpClient connect(ScriptedPeer peer) throws Exception {
        return QmpClient.connect(peer.socket(), LONG);
    }

    static DriverException failureOf(Future<?> future) {
        ExecutionException e = catchThrowableOfType(ExecutionException.class, () -> future.get(30, TimeUnit.SECONDS));
        return (DriverException) Objects.requireNonNull(e.getCause());
    }

    static void hearAll(ScriptedPeer.Talk talk, Queue<QmpValue> heard) {
        try {
            while (true) {
                heard.add(talk.hear());
            }
        } catch (Exception e) {
            heard.clear(); // the client left, or the test is over
        }
    }

    /** Closes what is closed again at the end of its block. */
    static void end(AutoCloseable one) throws Exception {
        one.close();
    }

    static boolean reads(Thread thread) {
        return List.of(thread.getStackTrace()).toString().contains("QmpWire.await");
    }

    static long number(QmpClient client) {
        try {
            return client.execute(ASK).number();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
