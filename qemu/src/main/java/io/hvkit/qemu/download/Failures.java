package io.hvkit.qemu.download;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.KnownWords;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** What the errors of files and connections stand for. The target is untouched in all of them. */
final class Failures {

    private Failures() {}

    static DriverException ofFile(String deed, IOException cause) {
        return DriverException.because(kind(cause))
                .effect(Effect.NOT_APPLIED)
                .causedBy(cause)
                .message("%s: %s", deed, cause);
    }

    private static Failure kind(IOException cause) {
        if (cause instanceof NoSuchFileException) {
            return Failure.NOT_FOUND;
        }
        String words = cause instanceof FileSystemException named
                ? String.valueOf(named.getReason())
                : String.valueOf(cause.getMessage());
        Failure known = cause instanceof AccessDeniedException ? Failure.HOST_NOT_READY : KnownWords.failure(words);
        return known == Failure.DEFECT ? Failure.HOST_NOT_READY : known;
    }

    /** Returns whether the server showed a certificate that is not to be believed: trying again will not help. */
    static boolean isMistrust(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException
                    || cause instanceof CertPathValidatorException
                    || cause instanceof SSLPeerUnverifiedException) {
                return true;
            }
        }
        return false;
    }

    static DriverException mistrust(SourceAddress address, IOException cause) {
        return DriverException.because(Failure.BAD_CREDENTIALS)
                .effect(Effect.NOT_APPLIED)
                .causedBy(cause)
                .message(
                        "the certificate of %s is not trusted: %s; if it is right, name who issued it: trusting(...)",
                        address, cause.toString());
    }

    /** Returns what a status stands for that no second try will change. */
    static DriverException ofStatus(SourceAddress address, int status) {
        Failure failure = switch (status) {
            case 401, 403, 407 -> Failure.BAD_CREDENTIALS;
            case 404, 410 -> Failure.NOT_FOUND;
            default -> Failure.INVALID_REQUEST;
        };
        return DriverException.because(failure)
                .effect(Effect.NOT_APPLIED)
                .vendorCode("HTTP " + status)
                .message("%s answers with status %d: there is no image to be had", address, status);
    }

    /** Returns whether a later try may fare better. */
    static boolean isPassing(int status) {
        return status == 408 || status == 425 || status == 429 || status >= 500;
    }
}
