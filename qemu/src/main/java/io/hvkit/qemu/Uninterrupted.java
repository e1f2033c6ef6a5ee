package io.hvkit.qemu;

/** Work that is done to its end though the thread is interrupted: publishing what is complete, and cleaning up. */
final class Uninterrupted {

    private Uninterrupted() {}

    /** Something that may be begun again where it was interrupted. */
    @FunctionalInterface
    interface Step {
        /** Does it. */
        void run() throws InterruptedException;
    }

    /** Does a step, again if it is interrupted; the thread's next wait hears of the interruption. */
    static void run(Step step) {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    step.run();
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
}
