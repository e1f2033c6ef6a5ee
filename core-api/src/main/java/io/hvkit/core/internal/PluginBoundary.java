package io.hvkit.core.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Provider;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the SDK's code ends and a plug-in's begins. What crosses it on the way back is a result, a {@link DriverException}, or an
 * interruption: all else is a defect of the plug-in and told as one. On the way in the thread's context class loader becomes the
 * plug-in's, since many libraries look there for their parts.
 */
public final class PluginBoundary {

    private final Provider provider;
    private final @Nullable ClassLoader loader;

    /** Returns the boundary to the plug-in that brought this class. */
    public PluginBoundary(Class<?> plugin) {
        this.provider = Provider.of(plugin);
        this.loader = plugin.getClassLoader();
    }

    /** Work of a plug-in that may block. */
    @FunctionalInterface
    public interface Call<T> {
        /** Does it. */
        @Nullable
        T run() throws InterruptedException;
    }

    /** Work of a plug-in that may block and has no result. */
    @FunctionalInterface
    public interface Action {
        /** Does it. */
        void run() throws InterruptedException;
    }

    /** Returns who is to blame in messages. */
    public Provider provider() {
        return provider;
    }

    /** Lets the plug-in do work that may block. */
    public <T> T call(String what, Call<T> call) throws InterruptedException {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            return required(what, call.run());
        } catch (DriverException | InterruptedException e) {
            throw e;
        } catch (Exception | LinkageError | AssertionError e) { // also checked ones: not every language declares them
            throw DriverException.because(Failure.DEFECT)
                    .causedBy(e)
                    .message("%s broke its contract in %s: %s", provider, what, e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** Lets the plug-in do work that may block and has no result. */
    public void act(String what, Action action) throws InterruptedException {
        call(what, () -> {
            action.run();
            return what;
        });
    }

    /** Asks for what does not block. */
    public <T> T ask(String what, Supplier<@Nullable T> question) {
        try {
            return call(what, question::get);
        } catch (InterruptedException e) { // only by a trick that the compiler does not see
            Thread.currentThread().interrupt();
            throw DriverException.because(Failure.DEFECT)
                    .causedBy(e)
                    .message("%s was interrupted in %s, which does not block", provider, what);
        }
    }

    private <T> T required(String what, @Nullable T result) {
        if (result == null) {
            throw DriverException.because(Failure.DEFECT)
                    .message("%s broke its contract: %s returned null", provider, what);
        }
        return result;
    }
}
