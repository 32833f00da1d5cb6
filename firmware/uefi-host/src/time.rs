//! `tegmentum:uefi/time`.

use crate::UefiHost;
use crate::bindings::tegmentum::uefi::time::{Datetime, Host, Status};
use core::time::Duration;
use uefi::{boot, runtime};

/// The longest wait at once, in microseconds; `wit/uefi/time.wit` promises it.
const LONGEST_STALL: u32 = 1_000_000;

impl Host for UefiHost {
    fn now(&mut self) -> Result<Datetime, Status> {
        let time = runtime::get_time()?;
        Ok(Datetime {
            year: time.year(),
            month: time.month(),
            day: time.day(),
            hour: time.hour(),
            minute: time.minute(),
            second: time.second(),
            nanosecond: time.nanosecond(),
            zone_minutes: time.time_zone(),
        })
    }

    fn monotonic(&mut self) -> u64 {
        u64::try_from(self.clock.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn stall(&mut self, microseconds: u32) -> Result<(), Status> {
        if microseconds > LONGEST_STALL {
            return Err(Status::InvalidParameter);
        }
        boot::stall(Duration::from_micros(u64::from(microseconds)));
        Ok(())
    }
}
