package io.hvkit.engine.setting;

import io.hvkit.core.Incubating;
import java.util.Optional;

/**
 * A setting that was changed.
 *
 * @param name which
 * @param scope for what
 * @param before what it was set to there, if it was
 * @param after what it is set to there, if it is
 */
@Incubating(since = "0.1")
public record SettingChange(String name, SettingScope scope, Optional<String> before, Optional<String> after) {

    /** Hears of settings that are changed by this engine. */
    @FunctionalInterface
    public interface Listener {
        /** Called on the thread that changed it, once the change is kept. What it throws is logged and changes nothing. */
        void changed(SettingChange change);
    }
}
