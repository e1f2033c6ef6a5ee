package io.hvkit.vmware;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.internal.Trust;
import io.hvkit.vmware.internal.soap.Account;
import io.hvkit.vmware.internal.soap.VimClient;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** What the options say of a vCenter, for all that is opened there. */
final class Connecting {

    private static final Duration LONGEST_TIMEOUT = Duration.ofHours(1);
    private static final Duration LONGEST_TASK = Duration.ofDays(7);

    private Connecting() {}

    /** Returns a client that has spoken to nobody yet. */
    static VimClient to(Options options, @Nullable CredentialSource source, Class<?> driver) {
        URI vcenter = options.get(VmwareDriver.VCENTER);
        if (!"https".equals(vcenter.getScheme()) || vcenter.getHost() == null || vcenter.getUserInfo() != null) {
            throw invalid(
                    "option vcenter: name an address such as https://vcenter.example.com, without a user, not '%s'",
                    vcenter.getUserInfo() == null ? vcenter : "one with a user");
        }
        Duration timeout = span(VmwareDriver.TIMEOUT, options, LONGEST_TIMEOUT);
        SSLContext trust = trust(options);
        if (source == null) {
            throw DriverException.because(Failure.BAD_CREDENTIALS)
                    .message(
                            "this driver has no password for %s, since options hold none; make it by %s.with(source) instead of"
                                    + " finding it by its type",
                            vcenter, driver.getSimpleName());
        }
        CredentialSource passwords = source;
        return new VimClient(sdk(vcenter), trust, asked -> account(passwords.forVcenter(vcenter)), timeout);
    }

    /** Returns how long a task may take. */
    static Duration patience(Options options) {
        return span(VmwareDriver.TASK_LIMIT, options, LONGEST_TASK);
    }

    private static URI sdk(URI vcenter) {
        String path = vcenter.getPath();
        return path == null || path.isEmpty() || path.equals("/") ? vcenter.resolve("/sdk") : vcenter;
    }

    private static Duration span(Option<Duration> option, Options options, Duration longest) {
        Duration span = options.get(option);
        if (span.isNegative() || span.isZero() || span.compareTo(longest) > 0) {
            throw invalid("option %s: it is longer than nothing and at most %s, not %s", option.name(), longest, span);
        }
        return span;
    }

    private static Account account(Credentials credentials) {
        return new Account(credentials.user(), credentials.password());
    }

    private static SSLContext trust(Options options) {
        Optional<Path> authorities = options.find(VmwareDriver.CA);
        Optional<String> pin = options.find(VmwareDriver.PIN);
        if (authorities.isPresent() && pin.isPresent()) {
            throw invalid("options ca and pin: name one of them, not both");
        }
        return pin.map(Trust::pinned)
                .orElseGet(() -> authorities.map(Trust::authorities).orElseGet(Trust::usual));
    }

    private static DriverException invalid(String format, Object... arguments) {
        return DriverException.because(Failure.INVALID_REQUEST).message(format, arguments);
    }
}
