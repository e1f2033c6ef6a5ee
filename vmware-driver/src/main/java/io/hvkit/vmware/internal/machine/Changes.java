package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Deadline;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimClient;
import io.hvkit.vmware.internal.soap.VimFault;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Makes changes. One that was refused since somebody else is just changing the same is tried again for a while, after another look if
 * once more would be once too often. One whose answer was lost is never sent again blindly: whoever wanted it looks first, once what it
 * may have started has ended.
 */
public final class Changes {

    private static final Set<String> SERVICES = Set.of("VirtualDiskManager", "FileManager");

    /** What the vCenter is busy with may be just what is wanted, of a call that nobody waited for; a second one would do it twice. */
    private static final Set<String> NOT_TWICE = Set.of(
            "CreateSnapshot_Task",
            "RevertToSnapshot_Task",
            "RemoveSnapshot_Task",
            "ConsolidateVMDisks_Task",
            "CloneVM_Task",
            "RelocateVM_Task");

    private static final Duration WHILE_BUSY = Duration.ofSeconds(30);
    private static final long SHORTEST_PAUSE = 50;
    private static final long LONGEST_PAUSE = 2000;
    private static final int TRIES = 3;
    private static final int TRIES_WITH_PAUSES = 7; // some three seconds

    private final VimClient client;
    private final Duration patience;

    /** Returns what makes changes by a client; no task takes longer than {@code patience}. */
    public Changes(VimClient client, Duration patience) {
        this.client = client;
        this.patience = patience;
    }

    /** Says that a change may have been made, or was thought of before somebody else made another; whoever wanted it has to look. */
    public static final class Unsure extends Exception {

        private static final long serialVersionUID = 1L;

        private enum Why {
            UNKNOWN,
            DOUBTED,
            BUSY,
            LOCKED
        }

        private final DriverException failure;
        private final Why why;
        private final Duration patience;

        Unsure(DriverException failure) {
            this(failure, Why.UNKNOWN, WHILE_BUSY);
        }

        private Unsure(DriverException failure, Why why, Duration patience) {
            super(failure);
            this.failure = failure;
            this.why = why;
            this.patience = patience;
        }

        /** A host did not answer the vCenter, which may be a moment. */
        private static Unsure whileDoubted(DriverException failure) {
            return new Unsure(failure, Why.DOUBTED, WHILE_BUSY);
        }

        /** Others are busy there; they are waited for so long, but no longer than half a minute. */
        public static Unsure whileBusy(DriverException failure, Duration patience) {
            return new Unsure(failure, Why.BUSY, shorter(patience, WHILE_BUSY));
        }

        /** Somebody has a file open that is to go, as a host has for a moment when its machine has let it go. */
        public static Unsure whileLocked(DriverException failure) {
            return new Unsure(failure, Why.LOCKED, WHILE_BUSY);
        }

        DriverException asFailure() {
            return failure;
        }
    }

    /**
     * Does work that looks first, again if it is not sure of what it did, a host was out of reach, others were busy there, or a file was
     * still open, but not for ever.
     */
    public static <T> T sure(Attempt<T> attempt) throws InterruptedException {
        Optional<Deadline> busy = Optional.empty();
        long most = SHORTEST_PAUSE;
        int tries = 0;
        int doubted = 0;
        int locked = 0;
        while (true) {
            try {
                return attempt.make();
            } catch (Unsure e) {
                boolean isEnough = switch (e.why) {
                    case UNKNOWN -> ++tries == TRIES;
                    case DOUBTED -> ++doubted == TRIES_WITH_PAUSES;
                    case BUSY -> busy.filter(Deadline::isOver).isPresent();
                    case LOCKED -> ++locked == TRIES_WITH_PAUSES;
                };
                if (isEnough) {
                    throw e.asFailure();
                }
                if (e.why == Unsure.Why.BUSY) {
                    busy = busy.or(() -> Optional.of(Deadline.in(e.patience)));
                }
                if (e.why != Unsure.Why.UNKNOWN) {
                    pause(most);
                    most = Math.min(2 * most, LONGEST_PAUSE);
                }
            }
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static void pause(long most) throws InterruptedException {
        Thread.sleep(ThreadLocalRandom.current().nextLong(most / 2, most));
    }

    /**
     * Work that looks at what there is before it changes anything.
     *
     * @param <T> what comes of it
     */
    @FunctionalInterface
    public interface Attempt<T> {
        /** Does it. */
        T make() throws Unsure, InterruptedException;
    }

    /** Starts a task and waits for its end. */
    public Node task(Call call) throws VimFault, Unsure, InterruptedException {
        return task(call, patience);
    }

    Node task(Call call, Duration limit) throws VimFault, Unsure, InterruptedException {
        return change(call, call.target(), () -> client.tasks().run(call, limit));
    }

    /** Starts a task that is noted with another object than the one it is asked of, as those of snapshots are with their machine. */
    Node task(Call call, Ref about) throws VimFault, Unsure, InterruptedException {
        return change(call, about, () -> client.tasks().run(call, patience));
    }

    /** Starts a task, tells which it is, and waits for its end. */
    Node task(Call call, Consumer<Ref> started) throws VimFault, Unsure, InterruptedException {
        return change(call, call.target(), () -> client.tasks().run(call, patience, started));
    }

    /** Makes a change that is no task. */
    public Node call(Call call) throws VimFault, Unsure, InterruptedException {
        return change(call, call.target(), () -> client.call(call));
    }

    @FunctionalInterface
    private interface Try {
        Node make() throws VimFault, LostAnswer, InterruptedException;
    }

    private Node change(Call call, Ref about, Try attempt) throws VimFault, Unsure, InterruptedException {
        Deadline busy = Deadline.in(WHILE_BUSY);
        for (long most = SHORTEST_PAUSE; ; most = Math.min(2 * most, LONGEST_PAUSE)) {
            try {
                return attempt.make();
            } catch (VimFault e) {
                if (e.leavesDoubt()) {
                    awaitHost(about, e.asFailure());
                    throw Unsure.whileDoubted(e.asFailure());
                }
                if (isOutdated(call, e)) {
                    throw new Unsure(e.asFailure());
                }
                if (e.meansBusy() && NOT_TWICE.contains(call.method())) {
                    throw Unsure.whileBusy(e.asFailure(), WHILE_BUSY);
                }
                if (!e.meansBusy() || busy.isOver()) {
                    throw e;
                }
            } catch (LostAnswer e) {
                if (!e.mayHaveWorked()) {
                    throw e.asFailure();
                }
                settle(about, e);
                throw new Unsure(e.asFailure());
            }
            pause(most);
        }
    }

    /** A machine is changed as it was seen alone; it has to be looked at again, and looked for: it may have been registered anew. */
    private static boolean isOutdated(Call call, VimFault fault) {
        return fault.is("ConcurrentAccess", "ManagedObjectNotFound")
                && call.method().equals("ReconfigVM_Task");
    }

    /** As long as the vCenter does not reach a machine, what it says of it is old: a look would miss what the host has done. */
    private void awaitHost(Ref about, DriverException doubt) throws InterruptedException {
        if (!about.type().equals("VirtualMachine")) {
            return;
        }
        Deadline deadline = Deadline.in(shorter(patience, WHILE_BUSY));
        for (long most = SHORTEST_PAUSE; isCutOff(about, doubt); most = Math.min(2 * most, LONGEST_PAUSE)) {
            if (deadline.isOver()) {
                throw doubt;
            }
            pause(most);
        }
    }

    private boolean isCutOff(Ref machine, DriverException doubt) throws InterruptedException {
        try {
            return Connection.isLost(client.properties().read(machine, Connection.PATH));
        } catch (VimFault e) {
            if (e.is("ManagedObjectNotFound")) {
                return false; // the next look tells that it is gone
            }
            doubt.addSuppressed(e);
            throw doubt;
        } catch (LostAnswer | DriverException e) {
            doubt.addSuppressed(e);
            throw doubt;
        }
    }

    /** Waits for what the lost call may have started; without knowing its end nobody could look. */
    private void settle(Ref target, LostAnswer lost) throws InterruptedException {
        try {
            if (SERVICES.contains(target.type())) {
                awaitRunning(target, lost);
                return;
            }
            for (Ref task : recent(target)) {
                end(task);
            }
        } catch (VimFault e) {
            if (!e.is("ManagedObjectNotFound")) { // without the object there is nothing to wait for
                throw lost.asFailure();
            }
        } catch (LostAnswer | DriverException e) {
            throw lost.asFailure();
        }
    }

    private List<Ref> recent(Ref target) throws VimFault, LostAnswer, InterruptedException {
        return client.properties().read(target, "recentTask").value("recentTask").stream()
                .flatMap(all -> all.children().stream())
                .map(Node::ref)
                .toList();
    }

    /** Most of these tasks are somebody else's, who waits for them already; so they are looked at now and then. */
    private void awaitRunning(Ref target, LostAnswer lost) throws VimFault, LostAnswer, InterruptedException {
        Deadline deadline = Deadline.in(patience);
        Set<Ref> mayBeOurs = Set.copyOf(running(target));
        for (long most = SHORTEST_PAUSE; !mayBeOurs.isEmpty(); most = Math.min(2 * most, LONGEST_PAUSE)) {
            if (deadline.isOver()) {
                throw lost.asFailure();
            }
            pause(most);
            mayBeOurs = running(target).stream().filter(mayBeOurs::contains).collect(Collectors.toUnmodifiableSet());
        }
    }

    /** Services are no objects of the inventory, and do not say what was asked of them; all tasks of the vCenter are looked through. */
    private List<Ref> running(Ref target) throws VimFault, LostAnswer, InterruptedException {
        Ref manager = client.service("taskManager");
        String kind = target.type().toLowerCase(Locale.ROOT) + ".";
        return client.properties().readAll(manager, "recentTask", "Task", "info.descriptionId", "info.state").stream()
                .filter(task -> !List.of("success", "error").contains(task.text("info.state")))
                .filter(task ->
                        task.text("info.descriptionId").toLowerCase(Locale.ROOT).startsWith(kind))
                .map(Properties.Found::ref)
                .toList();
    }

    private void end(Ref task) throws InterruptedException {
        try {
            client.tasks().await(task, "a task", Deadline.in(patience));
        } catch (VimFault e) {
            System.getLogger(Changes.class.getName())
                    .log(System.Logger.Level.DEBUG, "a task whose start was not seen has failed: {0}", e.type());
        } catch (DriverException e) {
            if (!(e.getCause() instanceof VimFault)) { // else the vCenter has forgotten it, and so it has ended
                throw e;
            }
        }
    }
}
