package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** How a session begins and ends. */
final class Logins {

    private static final Duration GOODBYE = Duration.ofSeconds(2);
    private static final int TRIES = 3;

    /** A vCenter as it is delivered locks an account that five logins within three minutes did not get into. */
    static final Duration AFTER_REFUSAL = Duration.ofMinutes(1);

    private final Transport transport;
    private final Service service;
    private final Function<URI, Account> source;
    private final LongSupplier nanos;
    private final AtomicReference<@Nullable Refusal> refusal = new AtomicReference<>();

    /** A password that was not accepted, and when. */
    private record Refusal(String user, long at) {}

    Logins(Transport transport, Service service, Function<URI, Account> source, LongSupplier nanos) {
        this.transport = transport;
        this.service = service;
        this.source = source;
        this.nanos = nanos;
    }

    /**
     * Logs in. A password that is not accepted is told once, and for a while no other is tried, whoever calls: accounts are locked by
     * those who try again and again.
     */
    Token login(Deadline deadline) throws InterruptedException {
        requireNoRefusal();
        Ref manager = service.object("sessionManager", deadline);
        try (Account account = source.apply(transport.vcenter())) {
            for (int attempt = 1; ; attempt++) {
                try {
                    return login(manager, account, deadline);
                } catch (LostAnswer e) { // a session that began unseen ends by itself
                    if (attempt == TRIES || deadline.isOver() || e.reach() == LostAnswer.Reach.UNTRUSTED) {
                        throw e.harmless();
                    }
                } catch (VimFault e) {
                    throw refused(account, e);
                }
                Thread.sleep(Math.min(100L * attempt, deadline.left().toMillis()));
            }
        }
    }

    private Token login(Ref manager, Account account, Deadline deadline)
            throws VimFault, LostAnswer, InterruptedException {
        byte[] envelope = envelope(manager, account);
        try {
            Transport.Answer answer = transport.exchange("Login", envelope, null, deadline);
            return new Token(answer.cookie()
                    .orElseThrow(() -> new LostAnswer(
                            Failure.UNREACHABLE,
                            LostAnswer.Reach.SENT,
                            "the vCenter's answer to the login begins no session",
                            null)));
        } finally {
            Arrays.fill(envelope, (byte) 0);
        }
    }

    private void requireNoRefusal() {
        Refusal last = refusal.get();
        if (last != null && nanos.getAsLong() - last.at() < AFTER_REFUSAL.toNanos()) {
            throw DriverException.because(Failure.BAD_CREDENTIALS)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "the vCenter %s has just not accepted the password of user %s, and is not asked again for %s, so that"
                                    + " it does not lock the account; see to the password, or open the connection anew",
                            transport.vcenter(), last.user(), AFTER_REFUSAL);
        }
    }

    private DriverException refused(Account account, VimFault fault) {
        if (!fault.is("InvalidLogin")) {
            return fault.asFailure();
        }
        refusal.set(new Refusal(account.user(), nanos.getAsLong()));
        return DriverException.because(Failure.BAD_CREDENTIALS)
                .effect(Effect.NOT_APPLIED)
                .vendorCode(fault.type())
                .message("the vCenter %s does not accept the password of user %s", transport.vcenter(), account.user());
    }

    /** The request as bytes, which can be wiped, without the password in a string on its way. */
    private static byte[] envelope(Ref manager, Account account) {
        StringBuilder before = new StringBuilder(Envelopes.OPENING).append("<Login xmlns=\"urn:vim25\">");
        Data.write("_this", manager, before);
        Data.write("userName", account.user(), before);
        byte[] head = before.append("<password>").toString().getBytes(StandardCharsets.UTF_8);
        byte[] tail = ("</password></Login>" + Envelopes.CLOSING).getBytes(StandardCharsets.UTF_8);
        return account.password().withArray(password -> {
            byte[] escaped = escaped(password);
            try {
                byte[] all = Arrays.copyOf(head, head.length + escaped.length + tail.length);
                System.arraycopy(escaped, 0, all, head.length, escaped.length);
                System.arraycopy(tail, 0, all, head.length + escaped.length, tail.length);
                return all;
            } finally {
                Arrays.fill(escaped, (byte) 0);
            }
        });
    }

    private static byte[] escaped(byte[] password) {
        int length = 0;
        for (byte one : password) {
            length += replaced(one).length;
        }
        byte[] escaped = new byte[length];
        int end = 0;
        for (byte one : password) {
            byte[] more = replaced(one);
            System.arraycopy(more, 0, escaped, end, more.length);
            end += more.length;
        }
        return escaped;
    }

    private static byte[] replaced(byte one) {
        String entity = Escaped.entity(one);
        if (entity != null) {
            return entity.getBytes(StandardCharsets.US_ASCII);
        }
        if (one >= 0 && one < ' ') {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the password has a control character, which no vCenter takes");
        }
        return new byte[] {one};
    }

    /** Ends a session; it ends by itself anyhow, so nothing is said if that fails. */
    void logout(Token token) throws InterruptedException {
        Deadline soon = Deadline.in(GOODBYE);
        try {
            Call logout = Call.changing(service.object("sessionManager", soon), Data.of("Logout"));
            byte[] envelope = logout.envelope().getBytes(StandardCharsets.UTF_8);
            transport.exchange(logout.toString(), envelope, token, soon);
        } catch (VimFault | LostAnswer | DriverException e) {
            System.getLogger(Logins.class.getName())
                    .log(System.Logger.Level.DEBUG, "a session was not ended at {0}", transport.vcenter());
        }
    }
}
