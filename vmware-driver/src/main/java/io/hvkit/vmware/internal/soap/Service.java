package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a vCenter tells everybody: which version it is, and where all else begins. Asked for once. */
final class Service {

    private static final int TRIES = 3;
    private static final Pattern VERSION = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})(\\.[0-9.]{1,20})?");
    private static final int OLDEST = 6_005; // 6.5

    private final Transport transport;
    private final AtomicReference<@Nullable Node> content = new AtomicReference<>();

    Service(Transport transport) {
        this.transport = transport;
    }

    /** Returns the object of that name, such as {@code sessionManager}. */
    Ref object(String name, Deadline deadline) throws InterruptedException {
        return content(deadline)
                .at(name)
                .map(Node::ref)
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("the vCenter %s has no %s", transport.vcenter(), name));
    }

    private Node content(Deadline deadline) throws InterruptedException {
        Node known = content.get();
        if (known != null) {
            return known;
        }
        Node asked = checked(ask(deadline));
        content.compareAndSet(null, asked);
        return asked;
    }

    private Node ask(Deadline deadline) throws InterruptedException {
        Call call = Call.reading(Ref.SERVICE, Data.of("RetrieveServiceContent"));
        byte[] envelope = call.envelope().getBytes(StandardCharsets.UTF_8);
        for (int attempt = 1; ; attempt++) {
            try {
                return transport
                        .exchange(call.toString(), envelope, null, deadline)
                        .response()
                        .at("returnval")
                        .orElseThrow(() -> strange("it has no content"));
            } catch (LostAnswer e) {
                if (attempt == TRIES || deadline.isOver() || e.reach() == LostAnswer.Reach.UNTRUSTED) {
                    throw e.harmless();
                }
            } catch (VimFault e) {
                throw e.asFailure();
            }
            Thread.sleep(Math.min(100L * attempt, deadline.left().toMillis()));
        }
    }

    private Node checked(Node told) {
        String api = told.text("about", "apiVersion");
        Matcher matcher = VERSION.matcher(api);
        if (!matcher.matches()) {
            throw strange("the version of its API is '" + api + "'");
        }
        if (!"VirtualCenter".equals(told.text("about", "apiType"))) {
            throw strange("it is a host by itself, or something else: " + told.text("about", "apiType"));
        }
        int version = 1000 * Integer.parseInt(matcher.group(1)) + Integer.parseInt(matcher.group(2));
        if (version < OLDEST) {
            throw strange("version 6.5 or later is needed, and this is " + api);
        }
        transport.speak(api);
        return told;
    }

    private DriverException strange(String why) {
        return DriverException.because(Failure.UNSUPPORTED)
                .effect(Effect.NOT_APPLIED)
                .message("%s is no vCenter that can be worked with: %s", transport.vcenter(), why);
    }
}
