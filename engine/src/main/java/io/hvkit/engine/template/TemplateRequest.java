package io.hvkit.engine.template;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import io.hvkit.core.Sha256;
import io.hvkit.engine.internal.Names;
import io.hvkit.engine.usage.Account;
import java.net.URI;
import java.util.Optional;

/**
 * A request for a template that is made of an image. Immutable.
 *
 * @param name unique among templates
 * @param format how the image is laid out; it is never guessed
 * @param digest the digest of the image
 * @param source where hosts fetch the image from; nothing if it is uploaded
 * @param size what a machine sees, if that is known; an image of another size is refused then
 * @param owner for whom it counts, if it does for somebody; one that is known already counts for whom it counted
 */
@Incubating(since = "0.1")
public record TemplateRequest(
        String name,
        ImageFormat format,
        Sha256 digest,
        Optional<URI> source,
        Optional<ByteSize> size,
        Optional<Account> owner) {

    /**
     * Checks the name and the address.
     *
     * @throws IllegalArgumentException if the name has another form, or the address is not absolute or names a user
     */
    public TemplateRequest {
        Names.check("template", name);
        if (source.filter(uri -> !uri.isAbsolute() || uri.getUserInfo() != null).isPresent()) {
            throw new IllegalArgumentException(
                    "a template's source is an absolute address without a user or a password; it is kept in the catalog");
        }
    }

    /** Returns a request for an image of that format and digest, which is uploaded. */
    public static TemplateRequest named(String name, ImageFormat format, Sha256 digest) {
        return new TemplateRequest(name, format, digest, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Returns this request for an image that hosts fetch from there. */
    public TemplateRequest from(URI address) {
        return new TemplateRequest(name, format, digest, Optional.of(address), size, owner);
    }

    /** Returns this request for an image of which a machine sees so much. */
    public TemplateRequest of(ByteSize seen) {
        return new TemplateRequest(name, format, digest, source, Optional.of(seen), owner);
    }

    /** Returns this request for a template that counts for an account. */
    public TemplateRequest ownedBy(Account account) {
        return new TemplateRequest(name, format, digest, source, size, Optional.of(account));
    }
}
