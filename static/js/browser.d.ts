/** What current browsers have and the type checker's library does not know. */

interface MediaTrackCapabilities {
  torch?: boolean;
}

interface MediaTrackConstraintSet {
  torch?: boolean;
}

interface MediaTrackSettings {
  torch?: boolean;
}

interface RTCRtpSendParameters {
  degradationPreference?: "balanced" | "maintain-framerate" | "maintain-resolution";
}

interface RTCRtpEncodingParameters {
  maxFramerate?: number;
  networkPriority?: RTCPriorityType;
}

interface Navigator {
  readonly connection?: EventTarget;
  readonly wakeLock: { request(type: "screen"): Promise<{ release(): Promise<void> }> };
}

declare class ImageCapture {
  constructor(track: MediaStreamTrack);
  takePhoto(): Promise<Blob>;
}
