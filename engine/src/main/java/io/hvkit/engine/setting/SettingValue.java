package io.hvkit.engine.setting;

import io.hvkit.core.Incubating;
import java.util.Optional;

/**
 * What a setting is somewhere, and why.
 *
 * @param setting which
 * @param text what it is, as operators write it
 * @param from where it is set; nowhere if it is what holds as long as nobody sets it
 */
@Incubating(since = "0.1")
public record SettingValue(Setting<?> setting, String text, Optional<SettingScope> from) {}
