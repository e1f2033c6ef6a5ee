package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The session that all calls share. However many of them find it dead at once, one logs in and the others wait for what comes of it:
 * vCenters lock accounts, and count sessions.
 */
final class Session {

    private final Logins logins;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Token current;
    private @Nullable CompletableFuture<Optional<Token>> underWay;

    Session(Logins logins) {
        this.logins = logins;
    }

    /** Returns the token, after a login if there is none. */
    Token token(Deadline deadline) throws InterruptedException {
        return other(null, deadline);
    }

    /** Returns another token than one that was refused. */
    Token other(@Nullable Token dead, Deadline deadline) throws InterruptedException {
        while (true) {
            CompletableFuture<Optional<Token>> login;
            boolean ours = false;
            lock.lockInterruptibly();
            try {
                if (current != null && current != dead) {
                    return current;
                }
                if (underWay == null) {
                    underWay = new CompletableFuture<>();
                    ours = true;
                }
                login = underWay;
            } finally {
                lock.unlock();
            }
            Optional<Token> token = ours ? Optional.of(login(login, deadline)) : await(login, deadline);
            if (token.isPresent()) {
                return token.get();
            }
        }
    }

    private Token login(CompletableFuture<Optional<Token>> promise, Deadline deadline) throws InterruptedException {
        try {
            Token token = logins.login(deadline);
            settle(token);
            promise.complete(Optional.of(token));
            return token;
        } catch (RuntimeException e) {
            settle(null);
            promise.completeExceptionally(e);
            throw e;
        } finally {
            if (!promise.isDone()) { // interrupted: whoever waits tries for itself
                settle(null);
                promise.complete(Optional.empty());
            }
        }
    }

    private void settle(@Nullable Token token) {
        lock.lock();
        try {
            current = token;
            underWay = null;
        } finally {
            lock.unlock();
        }
    }

    private static Optional<Token> await(CompletableFuture<Optional<Token>> login, Deadline deadline)
            throws InterruptedException {
        try {
            return login.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .effect(Effect.NOT_APPLIED)
                    .message("a login that another call began did not end in time");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DriverException failure) {
                throw DriverException.because(failure.failure())
                        .effect(Effect.NOT_APPLIED)
                        .causedBy(failure)
                        .message("the login that another call began failed: " + failure.getMessage());
            }
            throw new IllegalStateException("the login that another call began failed", e);
        }
    }

    /** Returns the token, if anybody logged in; nothing is known of whether it still holds. */
    Optional<Token> present() {
        lock.lock();
        try {
            return Optional.ofNullable(current);
        } finally {
            lock.unlock();
        }
    }

    /** Logs out, if anybody logged in. */
    void end() throws InterruptedException {
        Token token;
        lock.lock();
        try {
            token = current;
            current = null;
        } finally {
            lock.unlock();
        }
        if (token != null) {
            logins.logout(token);
        }
    }
}
