package io.hvkit.engine.template;

import io.hvkit.core.Incubating;
import java.util.List;

/**
 * What came of copies that another system has left. Nothing was deleted.
 *
 * @param adopted what the engine keeps now, or kept before: one in each pool for each template
 * @param left the others, each with the reason, in words for people
 */
@Incubating(since = "0.1")
public record Adoption(List<FoundCopy> adopted, List<Left> left) {

    /**
     * A copy that the engine does not keep.
     *
     * @param copy the copy
     * @param reason why
     */
    public record Left(FoundCopy copy, String reason) {}

    /** Copies the lists. */
    public Adoption {
        adopted = List.copyOf(adopted);
        left = List.copyOf(left);
    }
}
