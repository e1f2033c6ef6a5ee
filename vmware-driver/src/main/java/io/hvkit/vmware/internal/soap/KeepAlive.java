package io.hvkit.vmware.internal.soap;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Asks for the time now and then, since a vCenter ends sessions that are idle for half an hour. Never logs in: a session that is lost
 * is the next call's to renew.
 */
final class KeepAlive implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Transport transport;
    private final Session session;
    private final Duration interval;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition closing = lock.newCondition();
    private final Thread thread;
    private boolean closed;

    private KeepAlive(Transport transport, Session session, Duration interval) {
        this.transport = transport;
        this.session = session;
        this.interval = interval;
        this.thread = Threads.daemon(this::run, "hvkit vmware keep-alive");
    }

    static KeepAlive start(Transport transport, Session session, Duration interval) {
        KeepAlive keepAlive = new KeepAlive(transport, session, interval);
        keepAlive.thread.start();
        return keepAlive;
    }

    private void run() {
        try {
            while (isOpenAfterInterval()) {
                Optional<Token> token = session.present();
                if (token.isPresent()) {
                    ask(token.get());
                }
            }
        } catch (InterruptedException e) {
            // closed while it asked
            Thread.currentThread().interrupt();
        }
    }

    private boolean isOpenAfterInterval() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = interval.toNanos();
            while (!closed && left > 0) {
                left = closing.awaitNanos(left);
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private void ask(Token token) throws InterruptedException {
        Call call = Call.reading(Ref.SERVICE, Data.of("CurrentTime"));
        try {
            transport.exchange(
                    call.toString(), call.envelope().getBytes(StandardCharsets.UTF_8), token, Deadline.in(PATIENCE));
        } catch (VimFault | LostAnswer e) {
            System.getLogger(KeepAlive.class.getName())
                    .log(System.Logger.Level.DEBUG, "{0} did not tell the time: {1}", transport.vcenter(), e);
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            closing.signalAll();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
    }
}
