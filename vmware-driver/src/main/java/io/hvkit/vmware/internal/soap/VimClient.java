package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/**
 * Calls to one vCenter. Each has a deadline that holds for all it takes: its turn, logins, repeats, and the last byte of the answer.
 * No more than eight are under way at once, besides the one that waits for tasks. Any thread may use it.
 */
public final class VimClient implements AutoCloseable {

    private static final int TRIES = 5;
    private static final long FIRST_PAUSE = 50;
    private static final int RENEWALS = 2;
    private static final int AT_ONCE = 8;
    private static final Duration LAST_CALLS = Duration.ofSeconds(5);

    private final Transport transport;
    private final Service service;
    private final Session session;
    private final Duration timeout;
    private final Semaphore turns = new Semaphore(AT_ONCE, true);
    private final AtomicBoolean closing = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Waking waking;
    private final KeepAlive keepAlive;
    private final TaskWaits tasks;

    /** Makes a client that has spoken to nobody yet. */
    public VimClient(URI vcenter, SSLContext trust, Function<URI, Account> source, Duration timeout) {
        this(vcenter, trust, source, timeout, Pace.USUAL);
    }

    VimClient(URI vcenter, SSLContext trust, Function<URI, Account> source, Duration timeout, Pace pace) {
        this.transport = new Transport(vcenter, trust);
        this.service = new Service(transport);
        this.session = new Session(new Logins(transport, service, source, pace.nanos()));
        this.timeout = timeout;
        this.waking = new Waking(this::callNow, pace.nanos(), timeout);
        this.keepAlive = KeepAlive.start(transport, session, pace.keepAlive());
        this.tasks = new TaskWaits(this, pace.poll());
    }

    /** Returns where the vCenter is. */
    public URI vcenter() {
        return transport.vcenter();
    }

    /** Returns how long a call may take. */
    public Duration timeout() {
        return timeout;
    }

    /** Returns an object that everything begins with, such as {@code rootFolder}. */
    public Ref service(String name) throws InterruptedException {
        return service.object(name, Deadline.in(timeout));
    }

    /** Returns what waits for tasks. */
    public TaskWaits tasks() {
        return tasks;
    }

    /** Returns what moves files of datastores. */
    public FileTransfer files() {
        return new FileTransfer(transport, session, timeout);
    }

    /** Returns what moves disks by leases. */
    public LeaseTransfer leases() {
        return new LeaseTransfer(transport, timeout);
    }

    /** Returns what reads properties. */
    public Properties properties() {
        return new Properties(this);
    }

    /** Makes a call and returns the response's element. Logs in first if need be, and again if the session was lost. */
    public Node call(Call call) throws VimFault, LostAnswer, InterruptedException {
        return call(call, Deadline.in(timeout));
    }

    Node call(Call call, Deadline deadline) throws VimFault, LostAnswer, InterruptedException {
        requireOpen(closing);
        if (!turns.tryAcquire(deadline.left().toNanos(), TimeUnit.NANOSECONDS)) {
            throw new LostAnswer(
                    Failure.TIMED_OUT,
                    LostAnswer.Reach.UNSENT,
                    call + " did not get its turn in time; too much is asked of the vCenter at once",
                    null);
        }
        int atOnce = AT_ONCE - turns.availablePermits();
        try {
            waking.before(call, deadline);
            Node answer = callNow(call, deadline);
            waking.heard(atOnce);
            return answer;
        } catch (VimFault e) {
            waking.heard(atOnce);
            throw e;
        } finally {
            turns.release();
        }
    }

    /** Makes a call without waiting for its turn, and while the client is being closed, too. */
    Node callNow(Call call, Deadline deadline) throws VimFault, LostAnswer, InterruptedException {
        byte[] envelope = call.envelope().getBytes(StandardCharsets.UTF_8);
        Token refused = null;
        int renewals = 0;
        for (int attempt = 1; ; attempt++) {
            requireOpen(closed);
            Token token = session.other(refused, deadline);
            try {
                Node answer = transport
                        .exchange(call.toString(), envelope, token, deadline)
                        .response();
                if (!EmptyReads.meanLoggedOut(answer) && !isEmptyForWantOf(token, answer, deadline)) {
                    return answer;
                }
            } catch (VimFault e) {
                if (!e.meansLoggedOut()) {
                    throw e;
                }
            } catch (LostAnswer e) {
                if (attempt == TRIES || deadline.isOver() || !mayRepeat(call, e)) {
                    throw e;
                }
                pause(attempt, deadline);
                continue;
            }
            if (++renewals > RENEWALS || deadline.isOver()) {
                throw withoutSession(call);
            }
            refused = token; // nothing was done or read, and nothing is to be waited for
        }
    }

    private LostAnswer withoutSession(Call call) {
        return new LostAnswer(
                Failure.UNREACHABLE,
                LostAnswer.Reach.UNSENT,
                call + " was not let in: the vCenter " + vcenter() + " ends each session as soon as it has begun",
                null);
    }

    /** A read that finds nothing is believed if there is a session; without one a vCenter may answer so, too. */
    private boolean isEmptyForWantOf(Token token, Node answer, Deadline deadline)
            throws VimFault, LostAnswer, InterruptedException {
        if (!EmptyReads.mayMeanLoggedOut(answer)) {
            return false;
        }
        Call look = EmptyReads.lookAtSession(
                service.object("propertyCollector", deadline), service.object("sessionManager", deadline));
        return EmptyReads.saysNoSession(transport
                .exchange(look.toString(), look.envelope().getBytes(StandardCharsets.UTF_8), token, deadline)
                .response());
    }

    private static boolean mayRepeat(Call call, LostAnswer lost) {
        return switch (lost.reach()) {
            case UNTRUSTED -> false;
            case UNSENT -> true;
            case SENT -> call.repeat() == Call.Repeat.READS;
        };
    }

    /** Makes a call that reads, whose refusals are all failures. */
    public Node require(Call call) throws InterruptedException {
        try {
            return call(call);
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw call.repeat() == Call.Repeat.READS ? e.harmless() : e.asFailure();
        }
    }

    /** Waits a little longer each time, and not as long as all others that were refused at this moment. */
    private static void pause(int attempt, Deadline deadline) throws InterruptedException {
        long most = FIRST_PAUSE << attempt;
        Thread.sleep(Math.min(
                ThreadLocalRandom.current().nextLong(most / 2, most),
                deadline.left().toMillis()));
    }

    private void requireOpen(AtomicBoolean ended) {
        if (ended.get()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message("the connection to %s is closed; open it again", transport.vcenter());
        }
    }

    /** Ends what waits for tasks, lets calls that are under way end, and then ends the session. Closing twice does nothing. */
    @Override
    public void close() {
        if (closing.getAndSet(true)) {
            return;
        }
        keepAlive.close();
        try {
            tasks.end();
            if (!turns.tryAcquire(AT_ONCE, LAST_CALLS.toNanos(), TimeUnit.NANOSECONDS)) {
                System.getLogger(VimClient.class.getName())
                        .log(System.Logger.Level.DEBUG, "{0} is left while calls are under way", vcenter());
            }
            closed.set(true);
            session.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closed.set(true);
            transport.close();
        }
    }
}
