package io.hvkit.qemu;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** Runs programs here, and ends the one that does a certain work while it is at it. */
final class EndingRunner implements CommandRunner {

    /** How work is ended. */
    enum Way {
        /** Whoever waits for it is interrupted. */
        INTERRUPTED,
        /** The program is killed. */
        KILLED
    }

    private final CommandRunner local = CommandRunner.local();
    private final Way way;
    private final String verb;
    private final BooleanSupplier moment;

    /**
     * @param verb the verb of qemu-img whose program is ended
     * @param moment when it is, unless it is over before
     */
    EndingRunner(Way way, String verb, BooleanSupplier moment) {
        this.way = way;
        this.verb = verb;
        this.moment = moment;
    }

    /** Whether a qemu-img is at work for this process. */
    static boolean isAtWork() {
        return ProcessHandle.current().children().anyMatch(EndingRunner::isQemuImg);
    }

    @Override
    public CommandResult run(Command command) throws InterruptedException {
        if (!command.argv().get(1).equals(verb)) {
            return local.run(command);
        }
        Thread caller = Thread.currentThread();
        AtomicBoolean over = new AtomicBoolean();
        Thread watcher = new Thread(() -> {
            Await.until("the moment, or the end", () -> over.get() || moment.getAsBoolean());
            if (!over.get()) {
                end(caller);
            }
        });
        watcher.start();
        try {
            return local.run(command);
        } finally {
            over.set(true);
            Uninterrupted.run(watcher::join);
        }
    }

    private void end(Thread caller) {
        switch (way) {
            case INTERRUPTED -> caller.interrupt();
            case KILLED ->
                ProcessHandle.current()
                        .children()
                        .filter(EndingRunner::isQemuImg)
                        .forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static boolean isQemuImg(ProcessHandle process) {
        return process.info().command().orElse("").endsWith("/qemu-img");
    }
}
