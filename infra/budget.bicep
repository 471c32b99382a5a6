// A mail once four fifths of what a month may cost are spent. It stops nothing: that is for those who read the mail.
param amount int

@description('A budget needs an address to mail to: SSPR_ALERT_EMAIL must be set.')
@minLength(1)
param email string

@description('First day of the month in which the budget is made; the same in every later deployment.')
param startsOn string

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: 'sspr-manager'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: startsOn }
    notifications: {
      spent80: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: [email]
      }
    }
  }
}
