package io.hvkit.vmware.internal.soap;

/** Threads that keep no process alive. */
final class Threads {

    private Threads() {}

    static Thread daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }
}
